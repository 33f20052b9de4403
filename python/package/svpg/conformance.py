"""Runs the tests of rules, inference and kernels on your module, without a test of your own:

    SVPG_MODULE=my_kernels pytest --pyargs svpg.conformance

The module has a function for each rule that it implements, named as the rule with `_` for `-` (`svpg`,
`svpg_tpami`, …), as `svpg.testing.check_rule` takes it; `mean_field` and `rate` as `check_inference` takes them;
and `kernel_softmax`, `kernel_product`, … as `check_kernel` takes them. `SVPG_DTYPES` lists the dtypes (default:
float64,float32), `SVPG_COUNT` is the number of networks (default: 200). A module without such a function
fails, and so does one that cannot be imported.
"""

import os
from importlib import import_module
from typing import Any

import pytest

from . import rules
from .testing import assert_inference, assert_kernel, assert_rule, kernels

_DTYPES = os.environ.get("SVPG_DTYPES", "float64,float32").split(",")
_COUNT = int(os.environ.get("SVPG_COUNT", "200"))


@pytest.fixture(scope="session")
def module() -> Any:
    """The module that is tested."""
    name = os.environ.get("SVPG_MODULE")
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
    names = [*map(_name, rules), "mean_field", "rate", *(f"kernel_{kernel}" for kernel in kernels)]
    assert any(hasattr(module, name) for name in names), f"{module.__name__} has none of {', '.join(names)}"


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("rule", rules)
def test_rule(module: Any, rule: str, dtype: str) -> None:
    """L0: the update equals the reference's on generated networks."""
    assert_rule(_function(module, _name(rule)), rule=rule, dtype=dtype, count=_COUNT)


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("kind", ["mean-field", "rate"])
def test_inference(module: Any, kind: str, dtype: str) -> None:
    """L1: the fixed point, and the trajectory under given random numbers, equal the library's on generated networks."""
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
