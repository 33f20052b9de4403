"""`pytest --pyargs svpg.conformance` on modules of rules."""

import os
import subprocess
import sys
from pathlib import Path

from svpg.testing import kernels

HERE = Path(__file__).parent


def conformance(module: str | None, folder: Path = HERE) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
        "SVPG_COUNT": "30",
    }
    environment.pop("SVPG_MODULE", None)
    if module is not None:
        environment["SVPG_MODULE"] = module
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "svpg.conformance"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)


def test_right_rules_pass_and_missing_ones_are_named():
    done = conformance("rules")
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("15 passed, 18 skipped"), done.stdout


def test_inference_and_kernels_are_tested(tmp_path):
    for name in ("test_inference", "test_kernels"):
        (tmp_path / f"{name}.py").write_text((HERE / f"{name}.py").read_text(encoding="utf-8"), encoding="utf-8")
    source = "from test_inference import mean_field, rate\nimport test_kernels\n"
    source += "".join(f"kernel_{name} = test_kernels.RIGHT['{name}']\n" for name in kernels)
    (tmp_path / "mine.py").write_text(source)
    done = conformance("mine", tmp_path)
    assert done.returncode == 0 and "19 passed, 14 skipped" in done.stdout, done.stdout
    (tmp_path / "mine.py").write_text(source + "rate = lambda case, own=rate: own(case, sigma=0.0)\n")
    done = conformance("mine", tmp_path)
    assert done.returncode == 1 and "2 failed, 17 passed, 14 skipped" in done.stdout, done.stdout
    assert "the noise is left out" in done.stdout


def test_a_wrong_rule_fails_with_its_cause(tmp_path):
    (tmp_path / "mine.py").write_text("import rules\nfrom rules import svpg_bmvc\nsvpg = rules.opposite_sign\n")
    (tmp_path / "rules.py").write_text((HERE / "rules.py").read_text(encoding="utf-8"), encoding="utf-8")
    done = conformance("mine", tmp_path)
    assert done.returncode == 1 and "2 failed, 3 passed, 28 skipped" in done.stdout, done.stdout
    assert "opposite sign" in done.stdout


def test_nothing_to_test_is_a_failure(tmp_path):
    for module, said in [
        (None, "SVPG_MODULE is not set"),
        ("no_such_module", "no_such_module"),
        ("json", "has none of svpg,"),
    ]:
        done = conformance(module, tmp_path)
        assert done.returncode == 1 and said in done.stdout, done.stdout
