"""InvertedPendulum as Gymnasium and MuJoCo play it: the other side of tests/pendulum_mujoco.rs.

Reads one JSON document from standard input and writes one to standard output:

    {"poles": [{"length": m, "radius": m, "converge": bool,
                "episodes": [{"start": [x, theta, x_dot, theta_dot], "actions": [control, ...]} |
                             {"start": [x, theta, x_dot, theta_dot], "gains": [4 numbers]}]}]}
    {"mujoco": version, "gymnasium": version,
     "poles": [{"cart_mass": kg, "pole_mass": kg, "pole_inertia": kg m^2, "slider_inverse_weight": 1/kg,
                "episodes": [{"states": [[x, theta, x_dot, theta_dot], ...], "terminated": bool}]}]}

An episode takes its actions from the list, or from a linear policy: the gains times the state, clipped by the motor. It ends when the
environment says so, after 200 steps, or with its list. `states` begins with the start. `converge` lets MuJoCo's solver of constraints
run until it can improve no more, instead of to its tolerance of 1e-8; nothing else is changed.
"""

import json
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import gymnasium
import mujoco
import numpy
from gymnasium.envs.mujoco import mujoco_env

ASSET = Path(mujoco_env.__file__).parent / "assets" / "inverted_pendulum.xml"
MAX_STEPS = 200


def make(length: float, radius: float, folder: Path) -> gymnasium.Env:
    """Gymnasium's environment with its own model, but for the length and the radius of the pole."""
    tree = ElementTree.parse(ASSET)
    (pole,) = tree.findall(".//geom[@name='cpole']")
    pole.set("fromto", f"0 0 0 0.001 0 {length!r}")
    pole.set("size", repr(radius))
    file = folder / "model.xml"
    tree.write(file)
    return gymnasium.make("InvertedPendulum-v5", xml_file=str(file), max_episode_steps=MAX_STEPS)


def play(environment: gymnasium.Env, episode: dict) -> dict:
    environment.reset(seed=0)
    inner = environment.unwrapped
    inner.set_state(numpy.array(episode["start"][:2]), numpy.array(episode["start"][2:]))
    states = [episode["start"]]
    actions = iter(episode.get("actions", []))
    terminated = truncated = False
    while not (terminated or truncated):
        if "gains" in episode:
            # Term by term, so that both sides add in the same order.
            control = 0.0
            for gain, value in zip(episode["gains"], states[-1]):
                control += gain * value
        else:
            control = next(actions, None)
            if control is None:
                break
        observation, _, terminated, truncated, _ = environment.step(numpy.array([control]))
        states.append(observation.tolist())
    return {"states": states, "terminated": bool(terminated)}


def answer(pole: dict, folder: Path) -> dict:
    environment = make(pole["length"], pole["radius"], folder)
    model = environment.unwrapped.model
    if pole["converge"]:
        model.opt.tolerance = 0.0
    _, cart, stick = range(model.nbody)
    return {
        "cart_mass": model.body_mass[cart],
        "pole_mass": model.body_mass[stick],
        # Principal axes, the largest first: the pole is as hard to turn across in either direction.
        "pole_inertia": model.body_inertia[stick][0],
        "slider_inverse_weight": model.dof_invweight0[model.joint("slider").dofadr[0]],
        "episodes": [play(environment, episode) for episode in pole["episodes"]],
    }


if __name__ == "__main__":
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        poles = [answer(pole, Path(folder)) for pole in request["poles"]]
    json.dump({"mujoco": mujoco.__version__, "gymnasium": gymnasium.__version__, "poles": poles}, sys.stdout)
