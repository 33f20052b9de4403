"""svpg.load and the environment: equal to evaluations of the command line in every step."""

import json
import struct
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
import svpg
import svpg.envs
from gymnasium.utils.env_checker import check_env
from svpg._core import Pendulum

# The numbers of draws of the library's test episodes.
EVALUATION, FIRST_TEST_EPISODE, DRAWS = 1 << 31, 1 << 22, 256


def test_a_policy_in_the_environment_plays_the_episodes_of_the_command_line(svpg_program, pendulum_run):
    printed = json.loads(svpg_program("eval", pendulum_run, "--evaluations", 12, "--format", "json").stdout)
    policy = svpg.load(pendulum_run)
    assert (policy.task, policy.network, policy.step) == ("pendulum", printed["network"], printed["step"])
    assert policy.pole == (1.5, 0.05) and policy.seed == 3 and "pendulum" in repr(policy)
    environment = gymnasium.make("svpg/InvertedPendulum-v0")
    lengths = []
    for episode in range(FIRST_TEST_EPISODE, FIRST_TEST_EPISODE + 12):
        start = Pendulum(1.5, 0.05).reset_of(policy.seed, EVALUATION | episode)
        observation, _ = environment.reset(options={"state": start})
        over, steps = False, 0
        while not over:
            policy.draw = episode * DRAWS + steps
            observation, reward, terminated, truncated, _ = environment.step(policy.predict(observation))
            over, steps = terminated or truncated, steps + 1
            assert reward == 1 and (not truncated or steps == 200)
        lengths.append(steps)
    assert lengths == printed["values"] and len(set(lengths)) > 5


def test_a_policy_of_images_has_the_accuracy_of_the_command_line(svpg_program, image_run):
    folder, data, images, labels = image_run
    printed = json.loads(svpg_program("eval", folder, "--data", data, "--format", "json").stdout)
    policy = svpg.load(folder)
    assert policy.task == "mnist" and policy.states == 16 and policy.actions == 3 and policy.pole is None
    pixels = images.reshape(len(images), 16).astype(np.float32) / np.float32(255)
    found = [policy.predict(pixels[first : first + 100]) for first in (0, 100)]
    assert np.mean(np.concatenate(found) == labels) == printed["mean"]
    last = svpg.load(folder, last=True)
    assert last.network == "last" and last.step == 20


def test_a_network_infers_what_the_run_infers(pendulum_run):
    """The tensors of the checkpoint, in a `Network` with the inference of the configuration, to the bit."""
    policy = svpg.load(pendulum_run, last=True)
    data = (pendulum_run / "checkpoint.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])

    def tensor(name):
        about = header[name]
        start, end = (8 + length + at for at in about["data_offsets"])
        return np.frombuffer(data[start:end], dtype=np.float32).reshape(about["shape"])

    config = (pendulum_run / "config.toml").read_text()
    value = {line.split(" = ")[0]: line.split(" = ")[1] for line in config.splitlines() if " = " in line}
    count, size = json.loads(value["hidden"])
    network = svpg.Network(
        hidden=(count, size),
        actions=5,
        recurrent=tensor("recurrent"),
        state=tensor("state"),
        bias=tensor("bias"),
        mask=tensor("mask"),
        convention=json.loads(value["convention"]),
    )
    states = np.random.default_rng(0).random((7, 4)).astype(np.float32)
    options = {name: json.loads(value[name]) for name in ("sigma", "tolerance", "max_iterations")}
    q = network.infer(states, seed=policy.seed, draw=EVALUATION, **options)
    assert np.array_equal(q[:, -5:], policy.probabilities(states))


def test_predictions(image_run):
    policy = svpg.load(image_run[0])
    pixels = image_run[2].reshape(-1, 16) / 255
    single = policy.predict(pixels[0])
    assert isinstance(single, int) and policy.draw == 1
    policy.draw = 0
    first = policy.probabilities(pixels[0])
    policy.draw = 0
    assert np.array_equal(first, policy.probabilities(pixels[:1])[0])
    assert first.shape == (3,) and first.dtype == np.float32 and abs(first.sum() - 1) < 1e-5
    drawn = policy.predict(np.repeat(pixels[:1], 5000, axis=0), deterministic=False)
    shares = np.bincount(drawn, minlength=3) / 5000
    assert np.abs(shares - first).max() < 0.05


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        (np.zeros(15), r"^observation: found shape \(15,\), expected \(16\)"),
        (np.full(16, 2.0), r"^observation: found a number outside \[0, 1\]"),
        (np.full(16, np.nan), "^observation"),
        (np.zeros((0, 16)), "^observation: found no sample"),
        ("image", "^observation: found shape"),
    ],
)
def test_bad_observations(image_run, observation, said):
    with pytest.raises(svpg.Error, match=said):
        svpg.load(image_run[0]).predict(observation)


def test_bad_runs(tmp_path, image_run):
    for run, said in [(tmp_path / "none", "no such folder"), (3, "^run: found int"), (tmp_path, "config.toml")]:
        with pytest.raises(svpg.Error, match=said):
            svpg.load(run)
    policy = svpg.load(image_run[0])
    policy.draw = 2**31
    with pytest.raises(svpg.Error, match="^draw: "):
        policy.predict(np.zeros(16))


@pytest.mark.filterwarnings("error::UserWarning")
def test_the_environment_passes_the_check_of_gymnasium():
    environment = gymnasium.make("svpg/InvertedPendulum-v0", render_mode="rgb_array")
    assert environment.spec.max_episode_steps == 200
    check_env(environment.unwrapped, skip_render_check=False)
    environment.reset(seed=1)
    upright = environment.render()
    assert upright.shape == (300, 480, 3) and (upright != 255).any()
    environment.close()


def test_every_step_is_that_of_the_library():
    """`Pendulum` is the library's; the environment adds nothing to a step."""
    environment = gymnasium.make("svpg/InvertedPendulum-v0", length=1.0, radius=0.1)
    pole, random = Pendulum(1.0, 0.1), np.random.default_rng(5)
    for seed in range(5):
        observation, info = environment.reset(seed=seed)
        state = info["state"].tolist()
        assert max(map(abs, state)) <= 0.01
        over = False
        while not over:
            assert observation.tolist() == pole.observe(state)
            action = int(random.integers(5))
            state, reward, fell = pole.step(state, action)
            observation, gained, over, _, info = environment.step(action)
            assert (info["state"].tolist(), gained, over) == (state, reward, fell)


def test_errors_of_the_environment():
    environment = svpg.envs.InvertedPendulum()
    with pytest.raises(svpg.Error, match="call reset first"):
        environment.step(0)
    environment.reset(seed=0)
    for action in (5, -1, 0.5, None, "left"):
        with pytest.raises(svpg.Error, match="^action: found "):
            environment.step(action)
    with pytest.raises(svpg.Error, match="four finite numbers"):
        environment.reset(options={"state": [0, 0, 0]})
    with pytest.raises(svpg.Error, match="pole length"):
        svpg.envs.InvertedPendulum(length=0.0)
    with pytest.raises(svpg.Error, match="render_mode"):
        svpg.envs.InvertedPendulum(render_mode="human")


@pytest.mark.parametrize("order", ["import gymnasium, svpg", "import svpg, gymnasium; import svpg.envs"])
def test_the_environment_is_registered(order):
    program = f"{order}\nprint(gymnasium.make('svpg/InvertedPendulum-v0').action_space)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Discrete(5)\n"
    by_module = "import gymnasium\nprint(gymnasium.make('svpg.envs:svpg/InvertedPendulum-v0').action_space)"
    done = subprocess.run([sys.executable, "-c", by_module], capture_output=True, text=True, check=True)
    assert done.stdout == "Discrete(5)\n"
