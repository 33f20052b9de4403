"""oracle, compare, check, verify, vectors, rules: equal to the command line, and their errors."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import svpg
from conftest import CASE, ROOT


def test_version_and_names(svpg_program):
    assert svpg_program("--version").stdout.split()[1] == svpg.__version__
    assert set(svpg.__all__) <= set(dir(svpg))
    for name in svpg.__all__:
        assert getattr(svpg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'netwrk'"):
        svpg.netwrk


def test_rules_are_those_of_the_command_line(svpg_program):
    text = svpg_program("oracle", "--help").stdout
    assert len(svpg.rules) == 7
    for name, rule in svpg.rules.items():
        assert rule.name == name and name in text
    assert svpg.rules["nudged"].options == ("beta", "centred")
    assert not svpg.rules["exact"].trains and svpg.rules["svpg"].trains


def test_oracle_equals_the_command_line_in_every_bit(svpg_program, tmp_path):
    for name, case, answer, *_ in svpg.vectors(count=28, seed=3):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(case))
        for gradients in (False, True):
            printed = json.loads(svpg_program("oracle", path, *["--gradients"] * gradients).stdout)
            assert svpg.oracle(case, gradients=gradients) == printed, name
        assert svpg.oracle(path, gradients=True) == svpg.oracle(path.read_text(), gradients=True) == answer
        assert svpg.oracle(str(path)) == svpg.oracle(path.read_bytes())


def test_vectors_equal_the_command_line(svpg_program, tmp_path):
    assert svpg_program("vectors", "--out", tmp_path, "--count", 9, "--seed", 5).returncode == 0
    found = svpg.vectors(count=9, seed=5)
    assert [vector.name for vector in found] == [f"{index:04}" for index in range(9)]
    for name, case, answer, comment, catches in found:
        assert case["rule"] in comment and "SIGN" in catches
        assert case == json.loads((tmp_path / f"{name}.case.json").read_text())
        assert answer == json.loads((tmp_path / f"{name}.answer.json").read_text())


def test_compare_equals_the_command_line(svpg_program, tmp_path, case):
    answer = svpg.oracle(case)
    assert svpg.compare(case, answer) and svpg.compare(case, {"update": answer["update"]})
    wrong = json.loads(json.dumps(answer))
    wrong["update"]["bias"] = [-x for x in wrong["update"]["bias"]]
    judged = svpg.compare(case, wrong)
    (tmp_path / "case.json").write_text(json.dumps(case))
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    printed = svpg_program("compare", tmp_path / "case.json", tmp_path / "wrong.json")
    assert printed.returncode == 1 and printed.stdout == repr(judged) + "\n"
    as_json = svpg_program("compare", tmp_path / "case.json", tmp_path / "wrong.json", "--format", "json")
    assert json.loads(as_json.stdout) == judged.data
    assert svpg.compare(tmp_path / "case.json", tmp_path / "wrong.json").data == judged.data
    assert not judged and not judged.ok
    assert {block.name: block.passed for block in judged.blocks if not block.passed} == {"b_H": False, "b_A": False}
    assert [hint.code for hint in judged.hints] == ["SIGN"]
    page = judged._repr_html_()
    assert "<table>" in page and "FAIL" in page and "opposite sign" in page and "<script" not in page


def test_tolerances(case):
    answer = svpg.oracle(case)
    near = {"update": {key: (np.array(value) * (1 + 1e-6)).tolist() for key, value in answer["update"].items()}}
    assert not svpg.compare(case, near)
    assert svpg.compare(case, near, rtol=1e-5)
    assert svpg.compare(case, near, rtol=0, atol=1e-5)
    assert svpg.compare(case, near, rtol=0, atol=0, ulp=2**40)
    for name, value in [("rtol", -1.0), ("atol", float("nan")), ("ulp", -1), ("ulp", 1.5), ("rtol", "1")]:
        with pytest.raises(svpg.Error, match=f"^{name}: found "):
            svpg.compare(case, near, **{name: value})


def test_arrays_in_a_dictionary(case):
    expected = svpg.oracle(case)
    case["weights"] = {key: np.array(value) for key, value in case["weights"].items()}
    case["batch"][0]["sample"]["action"] = np.int64(1)
    assert svpg.oracle(case) == expected


def test_check_equals_the_command_line(svpg_program):
    path = ROOT / "examples/reward-modulated-hebb.md"
    report = svpg.check(path)
    printed = svpg_program("check", path)
    assert report.ok and printed.returncode == 0 and printed.stdout == report.text
    assert json.loads(svpg_program("check", path, "--format", "json").stdout) == report.data
    assert svpg.check(path.read_text(encoding="utf-8")).ok
    claims = {claim.id: claim for claim in report.claims}
    assert claims["hebb_mean_field"].verdict == "refuted" and claims["hebb_mean_field"].ok
    assert claims["hebb_mean_field"].counterexample is not None
    assert "hebb_mean_field" in report._repr_html_() and repr(report) == report.text


def test_a_wrong_claim_is_found():
    report = svpg.check(
        "# Mine\n```svpg\nnetwork rwta(S, G, D, A)\nrule hebb(v, A)\n  b[i] += A * v[i]   sees post(i): v  global: A\n"
        'claim mine "no"\n  for i: E[v ~ q] hebb(v, R[action(v)]).b[i] = d J_meanfield / d b[i]\n```\n'
    )
    assert not report and not report.ok
    assert [(claim.id, claim.expected, claim.verdict, claim.ok) for claim in report.claims] == [
        ("mine", "holds", "refuted", False)
    ]


def test_errors_of_a_derivation_are_one_line_each():
    with pytest.raises(svpg.Error) as raised:
        svpg.check(
            '# Mine\n```svpg\nnetwork rwta(S, G, D, A)\nclaim a "x"\n  nonsense = 1\nclaim b "y"\n  nothing = 2\n```\n'
        )
    assert [line.split(":")[0] for line in str(raised.value).split("\n")] == ["text", "text"]


class Elsewhere:
    """An array on a GPU, as its interface describes it."""

    def __dlpack_device__(self):
        return (2, 0)

    def tolist(self):
        raise AssertionError("it must not be read")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda case: case["weights"].update(bias=Elsewhere()), "^case: array: the array is on another device .*CPU"),
        (lambda case: case.update(rule="svgp"), "svgp"),
        (lambda case: case["weights"].update(bias=[1, 2, float("nan"), 3]), r"case\.weights\.bias\[2\]: found NaN"),
        (lambda case: case["weights"].update(bias=np.array([1, 2, np.inf, 3])), r"case\.weights\.bias\[2\]: found NaN"),
        (lambda case: case["weights"].update(bias=[1, 2, 3]), "bias"),
        (lambda case: case.update(colour=object()), "case: found object"),
        (lambda case: case["batch"][0].update(state=[2.0]), r"batch\[0\]\.state"),
        (lambda case: case.update(batch=[]), "batch"),
        (lambda case: case.update(schema="svpg-case/9"), "svpg-case/9"),
    ],
)
def test_bad_cases(case, change, said):
    change(case)
    with pytest.raises(svpg.Error, match=said):
        svpg.oracle(case)


@pytest.mark.parametrize(
    "document", ["", "{", "no-such-file.json", b"\xff", 7, None, [CASE], Path("/"), "a\0b", {}, {"schema": 1}, "[1]"]
)
def test_bad_documents(document):
    with pytest.raises(svpg.Error) as raised:
        svpg.oracle(document)
    assert "\n" not in str(raised.value)


def test_bad_arguments_of_other_functions(tmp_path):
    for call in (
        lambda: svpg.vectors(0),
        lambda: svpg.vectors(-1),
        lambda: svpg.vectors(10_000),
        lambda: svpg.vectors(1, seed=2**64),
        lambda: svpg.check(tmp_path),
        lambda: svpg.check(tmp_path / "no.md"),
        lambda: svpg.check(None),
        lambda: svpg.compare(CASE, {}),
        lambda: svpg.compare(CASE, {"update": None}),
    ):
        with pytest.raises(svpg.Error):
            call()
    (tmp_path / "latin.md").write_bytes(b"# caf\xe9\n")
    with pytest.raises(svpg.Error, match="line 1 column 6: the byte 0xe9"):
        svpg.check(tmp_path / "latin.md")


def test_no_fixed_point_is_an_error_of_its_own(case):
    case["weights"]["recurrent"] = [[0, 0, 60, -60], [0, 0, -60, 60], [60, -60, 0, 0], [-60, 60, 0, 0]]
    case["weights"]["bias"] = [0.0, 0.0, 1e-3, 0.0]
    case["rule"] = "two-phase"
    try:
        svpg.oracle(case)
    except svpg.NoFixedPoint as error:
        assert isinstance(error, svpg.Error)


def test_the_lock_is_released():
    """Another thread goes on while the library computes."""
    counted = 0
    done = threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        began = time.monotonic()
        svpg.vectors(count=112)
        took = time.monotonic() - began
    finally:
        done.set()
        thread.join()
    assert counted > 100 * min(took, 1), f"{counted} counts in {took} s"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_interrupts():
    # A process in the background ignores the signal unless it says otherwise.
    program = (
        "import signal, svpg\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "print('ready', flush=True)\nsvpg.verify(thorough=True)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.5)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors and child.returncode != 0
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_process_is_refused_and_does_not_hang():
    program = (
        "import os, sys, warnings, svpg\nwarnings.simplefilter('ignore')\nsvpg.vectors(1)\nif os.fork() == 0:\n"
        "  try:\n    svpg.vectors(1)\n  except svpg.Error as error:\n    print(error, flush=True)\n  os._exit(0)\nos.wait()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "forked" in done.stdout and "spawn" in done.stdout


def test_an_unknown_instruction_set_is_an_error():
    environment = {**os.environ, "SVPG_ISA": "mmx"}
    program = "import svpg\ntry:\n  svpg.verify()\nexcept svpg.Error as error:\n  print(error)"
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True).stdout
    assert "mmx" in said


def test_the_import_is_fast_and_needs_no_numpy():
    program = (
        "import sys, time; before = time.perf_counter(); import svpg; took = time.perf_counter() - before;"
        "assert 'numpy' not in sys.modules; print(took)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    assert min(times) < 0.1, times


def test_a_rule_of_a_chapter_equals_the_command_line(svpg_program, tmp_path):
    chapter, path = ROOT / "examples/rule-on-a-case.md", ROOT / "examples/rule-on-a-case.json"
    printed = json.loads(svpg_program("oracle", "--chapter", chapter, "--rule", "centred", path).stdout)
    assert svpg.oracle(path, chapter=chapter, rule="centred")["update"] == printed["update"]
    of_text = svpg.oracle(path, chapter=chapter.read_text(), rule="centred")
    assert of_text["update"] == printed["update"] and of_text["chapter"]["place"].startswith("text:")
    answer = svpg.oracle(path, chapter=chapter)
    assert answer["chapter"]["rule"] == "hebb" and answer["update"] != printed["update"]
    assert svpg.compare(path, answer, chapter=chapter) and not svpg.compare(path, answer, chapter=chapter, rule="centred")
    with pytest.raises(svpg.Error, match="no rule `heb`.*hebb"):
        svpg.oracle(path, chapter=chapter, rule="heb")
    with pytest.raises(svpg.Error, match="^rule: it belongs to a chapter"):
        svpg.oracle(path, rule="hebb")
    with pytest.raises(svpg.Error, match="^chapter: found int"):
        svpg.compare(path, answer, chapter=1)
