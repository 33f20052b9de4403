"""The examples and the notebooks of python/examples: they run, and say what is true."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import svpg
from conftest import ROOT
from nbclient import NotebookClient
from svpg.testing import check_direction, check_rule

EXAMPLES = ROOT / "python/examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))


def example(name: str):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def torch_rules():
    module = example("torch_rules")
    module.torch.set_num_threads(1)
    return module


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_right_rule_in_pytorch_passes(torch_rules, dtype):
    report = check_rule(torch_rules.right, rule="svpg", dtype=dtype)
    assert report.ok and report.networks == 200, repr(report)


# The names of torch_rules.WRONG, without an import of PyTorch for the collection.
@pytest.mark.parametrize(
    "code",
    [
        "OTHER_RULE",
        "ONE_TERM",
        "SOFTMAX_GLOBAL",
        "LAYOUT",
        "MASK_NOT_APPLIED",
        "HALF_PRECISION",
        "STALE_Q",
        "SPIKE_FOR_RATE",
    ],
)
def test_every_wrong_rule_in_pytorch_is_named(torch_rules, code):
    assert len(torch_rules.WRONG) == 8
    report = check_rule(torch_rules.WRONG[code], rule="svpg")
    assert not report.ok and report.cause is not None, repr(report)
    named = [part.split(":")[0] for part in report.cause.split("; or ")]
    assert named == [code], report.cause


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_rule_in_jax_passes(dtype):
    rule = example("jax_rule").rule
    report = check_rule(rule, rule="svpg", dtype=dtype, count=5)
    assert report.ok and report.networks == 5, repr(report)


def test_a_program_in_c_is_judged_through_a_pipe(svpg_program, tmp_path):
    binary = tmp_path / "rule"
    command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary, EXAMPLES / "rule.c", "-lm"]
    subprocess.run(command, check=True)
    for arguments, code, said in [
        ([], 0, "PASS  200 of 200 pass"),
        (["wrong"], 1, "SIGN, first on line 1: the update has the opposite sign"),
    ]:
        lines = subprocess.run([binary, *arguments], check=True, capture_output=True, text=True).stdout
        judged = svpg_program("compare", "-", "--summary", stdin=lines)
        assert judged.returncode == code and said in judged.stdout, judged.stdout + judged.stderr
    assert "in b_H, b_A alone" in judged.stdout


def test_stdp_is_checked_for_what_it_is():
    """Without a baseline it is far from the gradient; with one it is close. Confidence 99.9 % each."""
    rstdp = example("rstdp")
    arguments = {"target": rstdp.gradient, "cosine": 0.8, "samples": 40_000, "batched": True}
    plain = check_direction(rstdp.without_baseline, **arguments)
    baseline = check_direction(rstdp.with_baseline, **arguments)
    assert (plain.verdict, baseline.verdict) == ("far", "close"), f"{plain}\n{baseline}"


def test_there_are_three_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["check-a-rule", "judge-your-code", "watch-a-policy"]


EXPECTED = {
    "check-a-rule": [
        "PASS  rule svpg",
        "MASK_NOT_APPLIED",
        "STALE_Q",
        "PASS  mean-field inference",
        "PASS  kernel softmax",
    ],
    "judge-your-code": ["BATCH_SCALE", "PASS", "cosine"],
    "watch-a-policy": ["image/png"],
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path, monkeypatch):
    # Jupyter writes nothing outside of the test.
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "commit notebooks without outputs"
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.create_kernel_manager()
    # The kernel of this interpreter, whether or not it is registered.
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = repr([output.get("data", output.get("text")) for output in outputs])
    for part in EXPECTED[path.stem]:
        assert part in said, f"{part} is not in {said}"


def test_the_example_of_hypothesis(tmp_path):
    program = (
        "import svpg\nfrom hypothesis import given, settings\nfrom svpg.testing import cases\n"
        "@settings(max_examples=30, deadline=None, derandomize=True, database=None)\n@given(cases('svpg'))\n"
        "def test(pair):\n  case, document = pair\n  seen.append(case)\n"
        "  e = case.advantages[:, None] * (case.v - case.q) / len(case.q)\n  h = e.T @ case.q\n"
        "  W = FACTOR * case.kappa * (h + h.T) * case.mask\n"
        "  update = {'recurrent': W, 'state': case.s.T @ e * case.state_mask, 'bias': e.sum(axis=0)}\n"
        "  assert svpg.compare(document, {'update': update})\n"
        "seen = []\ntest()\nassert len(seen) >= 30 and len({c.states for c in seen}) > 2\n"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for factor, code in (("1", 0), ("2", 1)):
        source = program.replace("FACTOR", factor)
        done = subprocess.run(
            [sys.executable, "-c", source], capture_output=True, text=True, env=environment, cwd=tmp_path
        )
        assert done.returncode == code, done.stderr
    assert "AssertionError" in done.stderr or "assert svpg.compare" in done.stderr


def test_strategies_refuse_wrong_arguments():
    for changed in ({"rule": "svgp"}, {"dtype": int}):
        with pytest.raises(svpg.Error, match=f"^{next(iter(changed))}: "):
            svpg.testing.cases(**changed)
