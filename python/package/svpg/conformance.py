"""Runs the tests of rules, levels, inference and kernels on your module, without a test of your own:

    SVPG_MODULE=my_kernels pytest --pyargs svpg.conformance

It ends with the verdict of each level of conformance: `passed`, `failed` or `not run`. The module has functions:

    level 0   one for each rule that it implements, named as the rule with `_` for `-` (`svpg`, `svpg_tpami`, …), as
              `svpg.testing.check_rule` takes it
    level 1   `trajectory`: answers trajectories, as `svpg.testing.check_answers(level=1)` takes it
    level 2   `expectation`: answers expectations, as `check_answers(level=2)` takes it
    level 3   no function: `SVPG_METRICS` is the `metrics.jsonl` of a run, and `SVPG_ENVELOPE` one of
              `svpg.envelopes` (default: the first)
    parts     `mean_field`, `rate` and `spiking` as `check_inference` takes them; `kernel_softmax`,
              `kernel_product`, … as `check_kernel` takes them. No level follows from these.

`SVPG_DTYPES` lists the dtypes of rules and parts (default: float64,float32), `SVPG_COUNT` is the number of networks
or questions (default: 200). A module without such a function fails, and so does one that cannot be imported.
"""

import os
from collections import Counter
from importlib import import_module
from typing import Any

import pytest

from . import compare, envelopes, levels, rules
from .testing import assert_answers, assert_inference, assert_kernel, assert_rule, inferences, kernels

_DTYPES = os.environ.get("SVPG_DTYPES", "float64,float32").split(",")
_COUNT = int(os.environ.get("SVPG_COUNT", "200"))
_METRICS = os.environ.get("SVPG_METRICS")
_ENVELOPE = os.environ.get("SVPG_ENVELOPE", next(iter(envelopes)))
# The function of a module that answers the questions of a level.
_ANSWERS = {1: "trajectory", 2: "expectation"}


@pytest.fixture(scope="session")
def module() -> Any:
    """The module that is tested."""
    name = os.environ.get("SVPG_MODULE")
    if not name and _METRICS:
        pytest.skip("SVPG_MODULE is not set: SVPG_METRICS alone is judged")
    if not name:
        pytest.fail("SVPG_MODULE is not set: give the name of your module, such as SVPG_MODULE=my_kernels")
    try:
        return import_module(name)
    except ImportError as error:
        pytest.fail(f"SVPG_MODULE: {error}; put the folder of the module into PYTHONPATH")


def _name(rule: str) -> str:
    return rule.replace("-", "_")


def test_the_module_has_a_function(module: Any) -> None:
    """Otherwise all other tests would be skipped, and nothing would have been tested."""
    parts = [*map(_name, inferences), *(f"kernel_{kernel}" for kernel in kernels)]
    names = [*map(_name, rules), *_ANSWERS.values(), *parts]
    assert any(hasattr(module, name) for name in names), f"{module.__name__} has none of {', '.join(names)}"


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("rule", rules)
def test_level_0(module: Any, rule: str, dtype: str) -> None:
    """The update equals the reference's on generated networks."""
    assert_rule(_function(module, _name(rule)), rule=rule, dtype=dtype, count=_COUNT)


def test_level_1(module: Any) -> None:
    """Every step of the trajectories is the definition's from the step before."""
    assert_answers(_function(module, _ANSWERS[1]), level=1, count=_COUNT)


def test_level_2(module: Any) -> None:
    """The expected updates are the reference's."""
    assert_answers(_function(module, _ANSWERS[2]), level=2, count=_COUNT)


def test_level_3() -> None:
    """The learning curve is inside the envelope."""
    if not _METRICS:
        pytest.skip("SVPG_METRICS is not set: give the metrics.jsonl of a run")
    assert _ENVELOPE in envelopes, f"SVPG_ENVELOPE: `{_ENVELOPE}` is unknown; give one of {', '.join(envelopes)}"
    judgement = compare(envelopes[_ENVELOPE], _METRICS)
    assert judgement.ok, judgement.text


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("kind", inferences)
def test_inference(module: Any, kind: str, dtype: str) -> None:
    """The fixed point, or the trajectory under given random numbers, is the library's on generated networks."""
    assert_inference(_function(module, _name(kind)), kind=kind, dtype=dtype, count=_COUNT)


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("kernel", kernels)
def test_kernel(module: Any, kernel: str, dtype: str) -> None:
    """The results equal the library's on generated operands."""
    assert_kernel(_function(module, f"kernel_{kernel}"), kernel=kernel, dtype=dtype, count=_COUNT)


def _function(module: Any, name: str) -> Any:
    function = getattr(module, name, None)
    if function is None:
        pytest.skip(f"{module.__name__} has no function {name}")
    return function


@pytest.fixture(scope="session", autouse=True)
def _verdicts(request: pytest.FixtureRequest) -> None:
    request.config.pluginmanager.register(_Verdicts())


class _Verdicts:
    """Prints the verdict of every level at the end, as a plugin of pytest."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        if report.failed or report.when == "call" and report.passed:
            self.counts[name, "failed" if report.failed else "passed"] += 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("levels of conformance")
        for level in levels:
            passed, failed = (self.counts[f"test_level_{level.number}", found] for found in ("passed", "failed"))
            verdict = "failed" if failed else "passed" if passed else "not run"
            tests = f" ({passed} of {passed + failed} tests pass)" if passed + failed else ""
            terminalreporter.write_line(f"level {level.number}  {verdict:7}  {level.name}{tests}")
