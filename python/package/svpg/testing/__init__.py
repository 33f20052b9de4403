"""Tests of your own rules and estimators, for scripts, notebooks and pytest.

    from svpg.testing import assert_rule

    def test_my_rule():
        assert_rule(my_rule, rule="svpg")

Every report is true if its test passes, and prints what was found.
"""

from ._rule import Case, RuleReport, assert_rule, check_rule
from ._statistics import DirectionReport, UnbiasedReport, check_direction, check_unbiased

__all__ = [
    "Case",
    "DirectionReport",
    "RuleReport",
    "UnbiasedReport",
    "assert_rule",
    "check_direction",
    "check_rule",
    "check_unbiased",
]
