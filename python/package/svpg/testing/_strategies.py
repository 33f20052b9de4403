"""Generated cases for users of hypothesis."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import _core, rules
from .._core import Error
from .._documents import dump
from ._cases import Solved, draw
from ._rule import Case, case_of
from ._trial import checked

try:
    from hypothesis import assume
    from hypothesis import strategies as st
except ImportError as error:
    raise Error(f"svpg.testing.cases: {error}; pip install hypothesis") from None


def cases(rule: str = "svpg", dtype: DTypeLike = np.float64) -> st.SearchStrategy[tuple[Case, dict[str, Any]]]:
    """A strategy of hypothesis: a `Case` of the rule, and the same in the format `svpg-case/1`.

        @given(svpg.testing.cases("svpg"))
        def test_my_rule(pair):
            case, document = pair
            assert svpg.compare(document, {"update": my_update(case)})

    A case is one of those that `check_rule` tries. `check_rule` is faster, finds smaller networks and names
    causes; the strategy is for properties of your own. Raises `Error` if an argument is invalid, or without
    hypothesis.
    """
    of = checked(len, dtype, 1, 0)
    if rule not in rules:
        raise Error(f"rule: `{rule}` is unknown; the rules are {', '.join(rules)}")

    def solved(number: int) -> tuple[Case, dict[str, Any]]:
        try:
            found: Solved = draw(rule, rule == "exact", 0, number).rounded(of).solved(of)
            _core.oracle(dump(found.document, "case"), False)
        except Error:
            assume(False)
            raise
        return case_of(found, of), found.document

    return st.integers(0, 2**20).map(solved)
