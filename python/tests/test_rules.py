"""svpg.testing.check_rule: right rules pass, wrong ones fail with their cause."""

import subprocess
import sys
import time

import numpy as np
import pytest
import rules
import svpg
from conftest import ROOT
from svpg.testing import assert_rule, check_rule

EXAMPLE = ROOT / "python/examples/check_numpy_rule.py"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rule", rules.RIGHT)
def test_right_rules_pass(rule, dtype):
    count = 40 if rule in rules.SLOW else 200
    began = time.process_time()
    report = check_rule(rules.RIGHT[rule], rule=rule, dtype=dtype, count=count)
    assert report.ok and report.networks == count and report.case is None, repr(report)
    assert time.process_time() - began < 10
    assert_rule(rules.RIGHT[rule], rule=rule, dtype=dtype, count=5, seed=1)


@pytest.mark.parametrize(("wrong", "cause"), rules.WRONG)
def test_wrong_rules_fail_with_their_cause(wrong, cause):
    report = check_rule(wrong, rule="svpg")
    assert not report, repr(report)
    # A mistake that is not known gets no name.
    assert report.cause is None if cause is None else cause in report.cause, repr(report)
    assert not report.judgement.ok and not svpg.compare(report.case, _answer(report, wrong)).ok
    # The smallest network is small: few units, one or two samples.
    shape = report.case["shape"]
    assert shape["hidden_circuits"] * shape["hidden_size"] + shape["actions"] + shape["states"] <= 6, repr(report)
    assert len(report.case["batch"]) <= 2
    assert "FAIL" in report._repr_html_()
    with pytest.raises(AssertionError, match="^FAIL  rule svpg"):
        assert_rule(wrong, rule="svpg", count=10)


def _answer(report, wrong):
    """The update of the wrong rule is not known here; the opposite of the reference is wrong too."""
    update = svpg.oracle(report.case)["update"]
    return {"update": {name: (1 - np.array(part)).tolist() for name, part in update.items()}}


def raises(case):
    return case.nothing


def returns_nothing(case):
    rules.svpg(case)


def wrong_shape(case):
    recurrent, state, bias = rules.svpg(case)
    return recurrent, state.T[:, None], bias


def wrong_dtype(case):
    return {
        "recurrent": rules.svpg(case)[0].astype(np.float32),
        "state": rules.svpg(case)[1],
        "bias": rules.svpg(case)[2],
    }


def two_parts(case):
    return rules.svpg(case)[:2]


def no_bias(case):
    return dict(zip(("recurrent", "state", "b"), rules.svpg(case)))


def not_finite(case):
    recurrent, state, bias = rules.svpg(case)
    return recurrent, state, bias / 0


def changes_input(case):
    update = rules.svpg(case)
    case.advantages *= 2
    return update


def random_result(case):
    recurrent, state, bias = rules.svpg(case)
    return recurrent, state, bias + np.random.default_rng().normal(size=bias.shape)


def no_array(case):
    recurrent, state, _ = rules.svpg(case)
    return recurrent, state, [[1], [2, 3]]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (raises, "raises AttributeError: .*nothing.*test_rules.py:"),
        (returns_nothing, "returns nothing, expected recurrent, state and bias"),
        (wrong_shape, r"returned `state` has shape \(.*, expected \("),
        (wrong_dtype, "returned `recurrent` has dtype float32, expected float64"),
        (two_parts, "returns 2 parts"),
        (no_bias, "returns dict without `bias`"),
        (not_finite, r"returned `bias\[\d\]` is"),
        (changes_input, "changes its input `advantages`"),
        (random_result, "two calls with equal input return different `bias`"),
        (no_array, "returned bias: "),
    ],
)
def test_functions_that_are_no_rules(function, cause):
    report = check_rule(function, rule="svpg")
    assert not report
    assert report.judgement is None and report.case is not None
    with pytest.raises(AssertionError, match=cause):
        assert_rule(function, rule="svpg", count=3)


@pytest.mark.parametrize(
    "changed",
    [{"rule": "svgp"}, {"dtype": np.float16}, {"dtype": int}, {"fn": 3}, {"count": 0}, {"seed": -1}, {"rtol": -1}],
)
def test_bad_arguments(changed):
    with pytest.raises(svpg.Error, match=f"^{next(iter(changed))}: "):
        check_rule(**{"fn": rules.svpg, "rule": "svpg", **changed})


def test_example():
    done = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, encoding="utf-8", check=True)
    lines = done.stdout.splitlines()
    assert lines[1] == "PASS  rule svpg, float64: agrees with the reference on 200 networks"
    assert lines[2] == "PASS  rule svpg, float32: agrees with the reference on 200 networks"
    assert lines[3].startswith("FAIL  rule svpg, float64: fails on 20 of ")
    assert lines[4].startswith("cause  ONE_TERM: ")


@pytest.mark.parametrize("name", ["README.md", "python/README.md"])
def test_readmes_print_what_the_programs_print(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    _, python_part = text.split("pip install ./python", 1)
    expected = python_part.split("```text\n", 1)[1].split("```", 1)[0]
    if name == "README.md":
        arguments = ["-c", python_part.split("```python\n", 1)[1].split("```", 1)[0]]
    else:
        arguments = [EXAMPLE]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.startswith(expected)


def _traced(case):
    v, gain = case.v, case.options["reward"]
    shapes = case.recurrent.shape, case.state.shape
    return *(np.zeros(shape) for shape in shapes), gain * v.mean(axis=0)


def test_a_rule_of_a_chapter():
    chapter = ROOT / "examples/rule-on-a-case.md"

    def hebb(case):
        post = case.advantages[:, None] * case.v / len(case.q)
        return (post.T @ case.q) * case.mask, case.s.T @ post * case.state_mask, post.sum(axis=0)

    assert check_rule(hebb, chapter=chapter, rule="hebb", count=40)
    report = check_rule(hebb, chapter=chapter, rule="centred", count=40)
    assert not report and report.rule == "centred", repr(report)
    text = """# Gain
```svpg
network rwta(S, G, D, A)
rule gained(v, reward: number)
  b[i] += reward * v[i]   sees post(i): v   global: reward
claim mean "a rate" for i: E[v ~ q] gained(v, A).b[i] = A * q[i]
```
"""
    assert check_rule(_traced, chapter=text, rule="gained", options={"reward": 0.5}, count=20)
    assert not check_rule(_traced, chapter=text, rule="gained(v, A)", count=20)
    with pytest.raises(svpg.Error, match="options.reward: it is missing"):
        check_rule(_traced, chapter=text, rule="gained", count=1)
    with pytest.raises(svpg.Error, match="^options: they belong"):
        check_rule(_traced, rule="svpg", options={})
