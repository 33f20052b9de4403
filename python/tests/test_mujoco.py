"""A trained policy plays Gymnasium's own InvertedPendulum of MuJoCo."""

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import svpg
from conftest import ROOT
from gymnasium.envs.mujoco import mujoco_env
from svpg.envs import Discretised, InvertedPendulum

EPISODES = 60
# Both ends of the interval of a difference of means are 4 standard errors away. If the means are equal, it misses 0
# with probability 7e-5.
WIDTH = 4.0


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Long enough that the pole stands three times as long as with the actions mirrored."""
    return svpg.train("pendulum", preset="tpami2025", episodes=400, seed=3, out=tmp_path_factory.mktemp("runs") / "run")


def own(tmp_path: Path, length: float, radius: float) -> Path:
    """Gymnasium's model with another pole."""
    tree = ElementTree.parse(Path(mujoco_env.__file__).parent / "assets" / "inverted_pendulum.xml")
    (pole,) = tree.findall(".//geom[@name='cpole']")
    pole.set("fromto", f"0 0 0 0.001 0 {length!r}")
    pole.set("size", repr(radius))
    tree.write(tmp_path / "model.xml")
    return tmp_path / "model.xml"


def returns(environment: gymnasium.Env, policy: svpg.Policy, mirrored: bool = False) -> np.ndarray:
    found = []
    for episode in range(EPISODES):
        observation, _ = environment.reset(seed=episode)
        over, total = False, 0.0
        while not over:
            action = policy.predict(observation)
            observation, reward, terminated, truncated, _ = environment.step(4 - action if mirrored else action)
            over, total = terminated or truncated, total + reward
        found.append(total)
    return np.array(found)


def interval(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Of the difference of the means."""
    error = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / EPISODES)
    return a.mean() - b.mean() - WIDTH * error, a.mean() - b.mean() + WIDTH * error


@pytest.mark.parametrize("pole", ["Gymnasium's", "trained"])
def test_a_policy_earns_in_mujoco_what_it_earns_in_the_library(run, tmp_path, pole):
    policy = svpg.load(run)
    if pole == "trained":
        (length, radius), model = policy.pole, {"xml_file": str(own(tmp_path, *policy.pole))}
    else:
        length, radius, model = 0.6, 0.049, {}
    in_mujoco = Discretised(gymnasium.make("InvertedPendulum-v5", max_episode_steps=200, **model))
    # Gymnasium pays nothing for the last step of a fall.
    in_library = gymnasium.wrappers.TimeLimit(InvertedPendulum(length=length, radius=radius), 200)
    found, expected = returns(in_mujoco, policy), returns(in_library, policy)
    expected = expected - (expected < 200)
    print(f"{pole} pole: {found.mean():.1f} in MuJoCo, {expected.mean():.1f} in the library")
    low, high = interval(found, expected)
    assert low <= 0 <= high, (found.mean(), expected.mean())
    # The other way round, the policy lets the pole fall.
    low, high = interval(returns(in_mujoco, policy, mirrored=True), expected)
    assert high < 0


def test_the_lines_of_the_readme_run(tmp_path, monkeypatch):
    text = (ROOT / "python/README.md").read_text(encoding="utf-8")
    source = text.split("```python\n", 1)[1].split("```", 1)[0]
    assert source.count("seed=3") == 1
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(source.replace("seed=3", "seed=3, episodes=3"), names)
    assert names["run"].ended and names["policy"].states == 4


def test_the_environment_shows_what_the_policy_was_trained_on():
    environment = Discretised(gymnasium.make("InvertedPendulum-v5"))
    assert environment.observation_space == InvertedPendulum().observation_space
    assert environment.action_space == InvertedPendulum().action_space
    observation, _ = environment.reset(seed=1)
    inner = environment.unwrapped
    state = [*inner.data.qpos, *inner.data.qvel]
    assert np.array_equal(observation, np.array(svpg._core.Pendulum(1.5, 0.05).observe(state), np.float32))
    environment.step(0)
    assert inner.data.ctrl.tolist() == [-3.0]
    environment.step(3)
    assert inner.data.ctrl.tolist() == [1.5]
    for action in (5, -1, 0.5, None):
        with pytest.raises(svpg.Error, match="^action: found "):
            environment.step(action)
    with pytest.raises(svpg.Error, match="InvertedPendulum-v5"):
        Discretised(gymnasium.make("svpg/InvertedPendulum-v0"))
