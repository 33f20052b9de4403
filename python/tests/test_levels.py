"""Levels 1 to 3: a NumPy program passes, its planted mistakes fail, and results equal the command line."""

import json
import re

import numpy as np
import pytest
import svpg
from answers import EXPECTATION_MISTAKES, TRAJECTORY_MISTAKES, expectation, sampled, trajectory
from conftest import ROOT
from svpg.testing import assert_answers, check_answers

PROGRAMS = {1: trajectory, 2: expectation}
KINDS = {1: "trajectory", 2: "expectation"}


def test_the_levels_are_listed():
    assert [level.number for level in svpg.levels] == [0, 1, 2, 3]
    assert svpg.levels[1].question == "svpg-trajectory/1" and "draws" in svpg.levels[1].not_claimed


@pytest.mark.parametrize("level", PROGRAMS)
def test_vectors_and_judgements_equal_the_command_line(level, svpg_program, tmp_path):
    done = svpg_program("vectors", "--out", tmp_path, "--count", 6, "--seed", 5, "--level", level)
    assert done.returncode == 0, done.stderr
    for name, question, answer, comment, catches in svpg.vectors(count=6, seed=5, level=level):
        paths = [tmp_path / f"{name}.{kind}.json" for kind in (KINDS[level], "answer")]
        assert [question, answer] == [json.loads(path.read_text()) for path in paths]
        assert "states" in comment and catches == []
        for given in (answer, PROGRAMS[level](question)):
            (tmp_path / "mine.json").write_bytes(
                svpg._documents.dump({"schema": svpg.levels[level].answer, **given}, "answer")
            )
            judged = svpg.compare(question, given)
            assert judged and judged.level == level and judged.data["tolerance"] is None, judged
            printed = svpg_program("compare", paths[0], tmp_path / "mine.json")
            assert printed.returncode == 0 and printed.stdout == repr(judged) + "\n"
            assert f"PASS</b> level {level}: " in judged._repr_html_()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_right_program_of_trajectories_passes(dtype):
    report = check_answers(lambda question: trajectory(question, dtype), level=1, count=112)
    assert report.ok and report.questions == 112 and "PASS" in report._repr_html_(), repr(report)


def test_a_right_program_of_expectations_passes():
    report = check_answers(expectation, level=2, count=28)
    assert report.ok and report.questions == 28 and report.question is None, repr(report)
    rules = {vector.question["rule"] for vector in svpg.vectors(28, level=2)}
    assert len(rules) >= 5, rules


@pytest.mark.parametrize(
    ("level", "mistake"), [(1, mistake) for mistake in TRAJECTORY_MISTAKES] + [(2, m) for m in EXPECTATION_MISTAKES]
)
def test_planted_mistakes_fail(level, mistake):
    def wrong(question):
        return PROGRAMS[level](question, mistake=mistake)

    report = check_answers(wrong, level=level, count=28)
    assert not report and report.failures >= 2, repr(report)
    assert not report.judgement.ok and "FAIL" in report._repr_html_() and "smallest failing question" in repr(report)
    assert not svpg.compare(report.question, wrong(report.question))
    assert svpg.compare(report.question, PROGRAMS[level](report.question))
    with pytest.raises(AssertionError, match=f"^FAIL  level {level}, "):
        assert_answers(wrong, level=level, count=28)


def test_samples_of_a_right_program_pass_and_of_a_wrong_one_fail():
    failed = 0
    for number, vector in enumerate(svpg.vectors(4, seed=1, level=2)):
        with pytest.raises(svpg.Error, match=r"samples\.count: 10 samples .* at least \d+") as raised:
            svpg.compare(vector.question, sampled(vector.question, 10))
        needed = int(re.findall(r"at least (\d+)", str(raised.value))[0])
        judged = svpg.compare(vector.question, sampled(vector.question, needed, seed=number))
        assert judged and judged.notes == (f"{needed} samples",), judged
        failed += not svpg.compare(vector.question, sampled(vector.question, needed, "lower triangle", number))
    assert failed >= 2, failed


def test_other_draws_of_spikes_are_found_and_the_first_wrong_number_is_named():
    vector = svpg.vectors(2, level=1)[1]
    answer = json.loads(json.dumps(vector.answer))
    assert answer["arithmetic"] == "specified" and svpg.compare(vector.question, answer)
    answer["batch"][0]["winners"][0][-1] ^= 1
    judged = svpg.compare(vector.question, answer)
    assert [block.name for block in judged.blocks if not block.passed] == ["winners"]
    assert judged.blocks[0].worst.startswith("batch[0].winners[0]")


def curve(envelope, shift=0.0):
    """Rows in the middle of the intervals, or so many half widths beside it."""
    rows = {}
    for point in envelope["points"]:
        row = rows.setdefault(point["step"], {"step": point["step"]})
        row[point["metric"]] = point["centre"] + shift * point["half_width"]
    return list(rows.values())


def test_learning_curves(tmp_path):
    envelope = next(iter(svpg.envelopes.values()))
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in curve(envelope, 0.9)))
    for answer in (path, str(path), path.read_text(), path.read_bytes(), curve(envelope, -0.9), tuple(curve(envelope))):
        judged = svpg.compare(envelope, answer)
        assert judged and judged.level == 3, judged
    judged = svpg.compare(json.dumps(envelope), curve(envelope, 1.1))
    assert not judged and not any(block.passed for block in judged.blocks)
    with pytest.raises(svpg.Error, match=r"^answer: step \d+: .* is missing"):
        svpg.compare(envelope, curve(envelope)[1:])
    with pytest.raises(svpg.Error, match="^answer: line 1: "):
        svpg.compare(envelope, "no rows\n")


def test_the_lines_of_the_readme_run(tmp_path, monkeypatch):
    text = (ROOT / "python/README.md").read_text(encoding="utf-8")
    source = text.split("## Show conformance", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    envelope = svpg.envelopes["mnist-bmvc2022"]
    (tmp_path / "run").mkdir()
    (tmp_path / "run/metrics.jsonl").write_text("\n".join(map(json.dumps, curve(envelope))))
    monkeypatch.chdir(tmp_path)
    assert source.count("level=") == 2
    source = re.sub(r"level=\d", r"\g<0>, count=6", source)
    exec(source, {"svpg": svpg, "my_trajectory": trajectory, "my_expectation": expectation})


def no_winners(question):
    answer = trajectory(question)
    return {**answer, "batch": [{"q": path["q"], "end": path["end"]} for path in answer["batch"]]}


def changes_the_question(question):
    answer = trajectory(question)
    question.clear()
    return answer


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (lambda question: question["nothing"], "the function raises KeyError: 'nothing' at .*test_levels.py"),
        (lambda question: None, "the function returns NoneType, expected an answer"),
        (lambda question: {"batch": []}, "arithmetic"),
        (lambda question: {**trajectory(question), "schema": "svpg-answer/1"}, "svpg-trajectory-answer/1"),
        (no_winners, r"winners"),
    ],
)
def test_functions_that_do_not_answer(function, cause):
    report = check_answers(function, level=1, count=4)
    assert not report and report.judgement is None and re.search(cause, report.cause), repr(report)
    assert report.cause in repr(report)


def test_a_function_has_its_own_copy():
    assert_answers(changes_the_question, level=1, count=4)


def test_an_answer_of_level_0():
    assert_answers(svpg.oracle, level=0, count=14)
    assert not check_answers(lambda question: {"update": question["weights"]}, level=0, count=2)


@pytest.mark.parametrize("call", [svpg.vectors, lambda *a, **k: check_answers(trajectory, **{"level": 1, **k})])
def test_every_range_is_stated_once(call):
    for count in (0, -1, 10_000, 1.5):
        with pytest.raises(svpg.Error, match=rf"^count: found {count}; give a whole number, 1 to 9999$"):
            call(count=count)
    for level in (-1, 3, "1"):
        with pytest.raises(svpg.Error, match=rf"^level: found {level!r}; give a whole number, 0 to 2$"):
            call(count=1, level=level)


def test_a_function_is_needed():
    with pytest.raises(svpg.Error, match="^fn: found int"):
        check_answers(3, level=1)
