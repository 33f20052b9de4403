"""What does not fit into the memory is refused before it is computed; the interpreter goes on."""

import json
import subprocess
import sys

import numpy as np
import pytest
import svpg
from conftest import CASE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")


def no_states() -> svpg.Network:
    return svpg.Network(hidden=(0, 0), actions=2, recurrent=np.zeros((2, 2)), state=np.zeros((0, 2)), bias=[0, 0])


@pytest.mark.parametrize("kind", ["rate", "spiking"])
def test_terabytes_of_activity_are_refused(kind):
    """Samples without states take no memory themselves."""
    with pytest.raises(MemoryError, match="^states: it needs up to .* GB of memory"):
        no_states().infer(np.zeros((10**13, 0)), kind)
    with pytest.raises(MemoryError, match="^states: it needs more memory than can be counted"):
        no_states().infer(np.zeros((10**17, 0)), kind)
    assert no_states().infer(np.zeros((3, 0)), kind).shape == (3, 2)


def test_shapes_of_terabytes_are_refused():
    for shape in (
        {"hidden_circuits": 10**6, "hidden_size": 10**6},
        {"hidden_circuits": 2**62, "hidden_size": 4},
        {"states": 10**12},
        {"actions": 10**12},
    ):
        with pytest.raises(svpg.Error, match="shape|weights"):
            svpg.oracle({**CASE, "shape": {**CASE["shape"], **shape}})
    with pytest.raises(svpg.Error, match="^recurrent: found shape"):
        svpg.Network(hidden=(10**6, 10**6), actions=2, recurrent=np.zeros((4, 4)), state=np.zeros((1, 4)), bias=[0] * 4)


def large_case(units: int) -> dict:
    """Two circuits."""
    random = np.random.default_rng(0)
    weights = np.zeros((2 * units, 2 * units))
    weights[:units, units:] = random.normal(size=(units, units)) / units
    return {
        **CASE,
        "shape": {"states": 1, "hidden_circuits": 1, "hidden_size": units, "actions": units},
        "weights": {
            "recurrent": (weights + weights.T).tolist(),
            "state": [[0.5] * (2 * units)],
            "bias": [0.0] * (2 * units),
        },
        "mask": None,
    }


# The limit is set after the modules and the document are in the memory.
LIMITED = """
import json, resource, sys
import numpy as np, svpg, svpg._network, svpg._training
case, folder = open(sys.argv[2], "rb").read(), sys.argv[3]
answer = open(sys.argv[4], "rb").read()
net = svpg.Network(hidden=(0, 0), actions=2, recurrent=np.zeros((2, 2)), state=np.zeros((0, 2)), bias=[0, 0])
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + int(float(sys.argv[1]) * 1e6)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
calls = {
  "oracle": lambda: svpg._core.oracle(case, True),
  "compare": lambda: svpg._core.compare(case, answer, 0.0, 0.0, 0, (None, None)),
  "infer": lambda: net.infer(np.zeros((300_000, 0))),
  "train": lambda: svpg.train("pendulum", preset="tpami2025", episodes=1, hidden=(40, 20), out=folder),
}
for name, call in calls.items():
    try:
        call()
        print(name, "done")
    except MemoryError:
        print(name, "refused")
print("alive")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of the address space")
def test_a_limit_of_the_address_space_never_ends_the_interpreter(tmp_path):
    case = large_case(120)
    (tmp_path / "case.json").write_text(json.dumps(case))
    (tmp_path / "answer.json").write_text(json.dumps({"schema": "svpg-answer/1", "update": case["weights"]}))
    said = {}
    for megabytes in (20, 60, 100, 140, 200, 300, 500, 2000):
        arguments = [str(megabytes), tmp_path / "case.json", tmp_path / f"run{megabytes}", tmp_path / "answer.json"]
        done = subprocess.run([sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 and done.stdout.endswith("alive\n"), (megabytes, done)
        said[megabytes] = dict(line.split() for line in done.stdout.splitlines()[:-1])
    assert set(said[20].values()) == {"refused"}, said
    assert set(said[2000].values()) == {"done"}, said
