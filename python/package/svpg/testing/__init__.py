"""Tests of your own rules, inference, kernels and estimators, for scripts, notebooks and pytest.

    from svpg.testing import assert_rule

    def test_my_rule():
        assert_rule(my_rule, rule="svpg")

Every report is true if its test passes, and prints what was found.
"""

from typing import TYPE_CHECKING, Any

from ._answers import AnswersReport, assert_answers, check_answers
from ._inference import InferenceReport, assert_inference, check_inference, inferences
from ._inference_case import InferenceCase, RateCase, SpikingCase
from ._kernel import KernelReport, assert_kernel, check_kernel, kernels
from ._rule import Case, RuleReport, assert_rule, check_rule
from ._statistics import DirectionReport, UnbiasedReport, check_direction, check_unbiased

if TYPE_CHECKING:
    from ._strategies import cases as cases

__all__ = [
    "AnswersReport",
    "Case",
    "DirectionReport",
    "InferenceCase",
    "InferenceReport",
    "KernelReport",
    "RateCase",
    "RuleReport",
    "SpikingCase",
    "UnbiasedReport",
    "assert_answers",
    "assert_inference",
    "assert_kernel",
    "assert_rule",
    "check_answers",
    "check_direction",
    "check_inference",
    "check_kernel",
    "check_rule",
    "check_unbiased",
    "inferences",
    "kernels",
]


def __getattr__(name: str) -> Any:
    # It needs hypothesis, which is optional.
    if name != "cases":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ._strategies import cases

    return cases
