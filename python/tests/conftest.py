"""Fixtures. `SVPG_BINARY` is the command-line program of the same version, with which results are compared."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

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
