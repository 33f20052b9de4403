"""`pytest --pyargs svpg.conformance` on modules of rules."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import svpg
from svpg.testing import kernels

HERE = Path(__file__).parent


def conformance(module: str | None, folder: Path = HERE, **changed: str) -> subprocess.CompletedProcess:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SVPG_")},
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
        "SVPG_COUNT": "30",
        **changed,
    }
    if module is not None:
        environment["SVPG_MODULE"] = module
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "svpg.conformance"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)


def levels(done: subprocess.CompletedProcess) -> list[str]:
    """The verdict of every level."""
    return re.findall(r"^level \d  (passed|failed|not run) ", done.stdout, re.MULTILINE)


def test_right_rules_pass_and_missing_ones_are_named():
    done = conformance("rules")
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("15 passed, 23 skipped"), done.stdout
    assert levels(done) == ["passed", "not run", "not run", "not run"], done.stdout


def test_inference_and_kernels_are_tested(tmp_path):
    for name in ("test_inference", "test_kernels"):
        (tmp_path / f"{name}.py").write_text((HERE / f"{name}.py").read_text(encoding="utf-8"), encoding="utf-8")
    source = "from test_inference import mean_field, rate, spiking\nimport test_kernels\n"
    source += "".join(f"kernel_{name} = test_kernels.RIGHT['{name}']\n" for name in kernels)
    (tmp_path / "mine.py").write_text(source)
    done = conformance("mine", tmp_path)
    assert done.returncode == 0 and "21 passed, 17 skipped" in done.stdout, done.stdout
    (tmp_path / "mine.py").write_text(source + "rate = lambda case, own=rate: own(case, sigma=0.0)\n")
    done = conformance("mine", tmp_path)
    assert done.returncode == 1 and "2 failed, 19 passed, 17 skipped" in done.stdout, done.stdout
    assert "the noise is left out" in done.stdout
    assert levels(done) == ["not run"] * 4, done.stdout


def test_every_level_has_a_verdict(tmp_path):
    for name in ("answers", "rules"):
        (tmp_path / f"{name}.py").write_text((HERE / f"{name}.py").read_text(encoding="utf-8"), encoding="utf-8")
    source = "import answers\nfrom answers import trajectory\nfrom rules import svpg_bmvc\n"
    (tmp_path / "mine.py").write_text(
        source + "def expectation(question): return answers.expectation(question, 'baseline')\n"
    )
    name, envelope = next(iter(svpg.envelopes.items()))
    rows = [{"step": point["step"], point["metric"]: point["centre"]} for point in envelope["points"]]
    of_step = {}
    for row in rows:
        of_step.setdefault(row["step"], {}).update(row)
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text("".join(json.dumps(row) + "\n" for row in of_step.values()))
    done = conformance("mine", tmp_path, SVPG_METRICS=str(metrics), SVPG_ENVELOPE=name)
    assert levels(done) == ["passed", "passed", "failed", "passed"] and done.returncode == 1, done.stdout
    assert "FAIL  level 2, expected updates" in done.stdout
    done = conformance(None, tmp_path, SVPG_METRICS=str(metrics))
    assert levels(done) == ["not run", "not run", "not run", "passed"] and done.returncode == 0, done.stdout
    metrics.write_text(metrics.read_text().replace(": 0.", ": 9."))
    done = conformance(None, tmp_path, SVPG_METRICS=str(metrics))
    assert levels(done) == ["not run", "not run", "not run", "failed"] and done.returncode == 1, done.stdout
    done = conformance(None, tmp_path, SVPG_METRICS=str(metrics), SVPG_ENVELOPE="none")
    assert done.returncode == 1 and "SVPG_ENVELOPE: `none` is unknown" in done.stdout, done.stdout


def test_a_wrong_rule_fails_with_its_cause(tmp_path):
    (tmp_path / "mine.py").write_text("import rules\nfrom rules import svpg_bmvc\nsvpg = rules.opposite_sign\n")
    (tmp_path / "rules.py").write_text((HERE / "rules.py").read_text(encoding="utf-8"), encoding="utf-8")
    done = conformance("mine", tmp_path)
    assert done.returncode == 1 and "2 failed, 3 passed, 33 skipped" in done.stdout, done.stdout
    assert levels(done)[0] == "failed", done.stdout
    assert "opposite sign" in done.stdout


def test_nothing_to_test_is_a_failure(tmp_path):
    for module, said in [
        (None, "SVPG_MODULE is not set"),
        ("no_such_module", "no_such_module"),
        ("json", "has none of svpg,"),
    ]:
        done = conformance(module, tmp_path)
        assert done.returncode == 1 and said in done.stdout, done.stdout
