"""Tests of your own rules, inference, kernels and estimators, for scripts, notebooks and pytest.

    from svpg.testing import assert_rule

    def test_my_rule():
        assert_rule(my_rule, rule="svpg")

Every report is true if its test passes, and prints what was found.
"""

from typing import TYPE_CHECKING, Any

from ._inference import InferenceCase, InferenceReport, RateCase, assert_inference, check_inference
from ._kernel import KernelReport, assert_kernel, check_kernel, kernels
from ._rule import Case, RuleReport, assert_rule, check_rule
from ._statistics import DirectionReport, UnbiasedReport, check_direction, check_unbiased

if TYPE_CHECKING:
    from ._strategies import cases as cases

__all__ = [
    "Case",
    "DirectionReport",
    "InferenceCase",
    "InferenceReport",
    "KernelReport",
    "RateCase",
    "RuleReport",
    "UnbiasedReport",
    "assert_inference",
    "assert_kernel",
    "assert_rule",
    "check_direction",
    "check_inference",
    "check_kernel",
    "check_rule",
    "check_unbiased",
    "kernels",
]


def __getattr__(name: str) -> Any:
    # It needs hypothesis, which is optional.
    if name != "cases":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ._strategies import cases

    return cases
