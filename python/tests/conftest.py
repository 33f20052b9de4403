"""Fixtures. `SVPG_BINARY` is the command-line program of the same version, with which results are compared."""

import json
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]

CASE = {
    "schema": "svpg-case/1",
    "shape": {"states": 1, "hidden_circuits": 1, "hidden_size": 2, "actions": 2},
    "convention": "full",
    "weights": {
        "recurrent": [[0, 0, 0.2, 0.4], [0, 0, -0.2, -0.6], [0.2, -0.2, 0, 0], [0.4, -0.6, 0, 0]],
        "state": [[0.3, -0.2, -0.4, 0.2]],
        "bias": [1.5, -0.4, -0.2, 0.5],
    },
    "rule": "svpg",
    "batch": [{"state": [0.25], "q": None, "sample": {"hidden": [0], "action": 1}, "advantage": 0.5}],
}


@pytest.fixture
def case() -> dict:
    return json.loads(json.dumps(CASE))


@pytest.fixture(scope="session")
def svpg_program() -> Callable[..., subprocess.CompletedProcess]:
    """Runs the command line with these arguments, in the root of the repository."""
    binary = os.environ.get("SVPG_BINARY")
    if binary is None:
        pytest.fail("SVPG_BINARY is not set: give the path of the program `svpg`, built by `cargo build --release`")

    def run(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess:
        command = [binary, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)

    return run


@pytest.fixture(scope="session")
def pendulum_run(svpg_program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "pendulum"
    done = svpg_program("train", "pendulum", "--preset", "tpami2025", "--episodes", 150, "--seed", 3, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


@pytest.fixture(scope="session")
def image_run(svpg_program, tmp_path_factory):
    """A run on noisy images of three classes, with the test images and labels."""
    data = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(0)
    labels = {"train": random.integers(3, size=400), "t10k": random.integers(3, size=150)}
    patterns = random.integers(256, size=(3, 4, 4))
    images = {
        part: np.clip(patterns[of] + random.normal(0, 60, (len(of), 4, 4)), 0, 255).astype(np.uint8)
        for part, of in labels.items()
    }
    for part, of in labels.items():
        (data / f"{part}-images-idx3-ubyte").write_bytes(idx(images[part]))
        (data / f"{part}-labels-idx1-ubyte").write_bytes(idx(of))
    folder = tmp_path_factory.mktemp("runs") / "images"
    done = svpg_program("train", "mnist", "--preset", "bmvc2022", "--steps", 20, "--data", data, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder, data, images["t10k"], labels["t10k"]
