"""svpg.testing.check_kernel: right kernels pass, wrong ones fail with their cause."""

import time

import numpy as np
import pytest
import svpg
from svpg.testing import assert_kernel, check_kernel, kernels


def softmax(z, circuits):
    powers = [np.exp(z[:, c] - z[:, c].max(axis=1, keepdims=True)) for c in circuits]
    return np.concatenate([power / power.sum(axis=1, keepdims=True) for power in powers], axis=1)


def categorical(z, draws, circuits):
    shares = [softmax(z[:, c], [slice(None)]).cumsum(axis=1) for c in circuits]
    found = [(share[:, :-1] <= draw[:, None]).sum(axis=1) for share, draw in zip(shares, draws.T)]
    return np.stack(found, axis=1).astype(z.dtype)


RIGHT = {
    "exp": np.exp,
    "ln": np.log,
    "softmax": softmax,
    "product": lambda start, x, w: start + x @ w,
    "outer": lambda x, e: x.T @ e,
    "categorical": categorical,
    "bernoulli": lambda rates, draws: (draws < rates).astype(rates.dtype),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", kernels)
def test_right_kernels_pass(kernel, dtype):
    began = time.process_time()
    report = check_kernel(RIGHT[kernel], kernel=kernel, dtype=dtype)
    assert report.ok and report.tried == 200 and "PASS" in report._repr_html_(), repr(report)
    assert time.process_time() - began < 10
    assert_kernel(RIGHT[kernel], kernel=kernel, dtype=dtype, count=50, seed=11)


def single(function):
    """In half precision."""
    return lambda *operands: function(*(x.astype(np.float16) for x in operands)).astype(operands[0].dtype)


WRONG = [
    ("exp", np.exp2, "BASE"),
    ("ln", np.log2, "BASE"),
    ("softmax", lambda z, circuits: softmax(z, [slice(None)]), "SOFTMAX_GLOBAL"),
    ("softmax", lambda z, circuits: softmax(z, circuits).astype(np.float16).astype(z.dtype), "HALF_PRECISION"),
    ("product", lambda start, x, w: x @ w, "START"),
    ("product", lambda start, x, w: start - x @ w, "SIGN"),
    ("product", lambda start, x, w: start + x @ w.reshape(w.shape[::-1]).T, "LAYOUT"),
    ("product", single(lambda start, x, w: start + x @ w), "HALF_PRECISION"),
    ("outer", lambda x, e: x.T @ e / x.dtype.type(len(x)), "BATCH_SCALE"),
    ("categorical", lambda z, draws, circuits: categorical(z, draws, circuits) + 1, "WINNER_SHIFTED"),
    (
        "categorical",
        lambda z, draws, circuits: categorical(z, draws, circuits) + np.array([c.start for c in circuits], z.dtype),
        "LAYOUT",
    ),
    ("categorical", lambda z, draws, circuits: categorical(z, 0 * draws + z.dtype.type(0.5), circuits), None),
    ("bernoulli", lambda rates, draws: (draws <= rates).astype(rates.dtype), "AT_RATE"),
    ("bernoulli", lambda rates, draws: (draws >= rates).astype(rates.dtype), "SIGN"),
]


@pytest.mark.parametrize(("kernel", "wrong", "cause"), WRONG)
def test_wrong_kernels_fail_with_their_cause(kernel, wrong, cause):
    report = check_kernel(wrong, kernel=kernel)
    assert not report, repr(report)
    assert report.cause is None if cause is None else report.cause.startswith(cause), repr(report)
    assert "worst entry" in report.worst and "FAIL" in report._repr_html_()
    # The smallest operands are small.
    assert all(operand.size <= 6 for operand in report.operands.values()), repr(report)
    with pytest.raises(AssertionError, match=f"^FAIL  kernel {kernel}, float32"):
        assert_kernel(wrong, kernel=kernel)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_overflow_is_explained():
    def overflows(z, circuits):
        powers = np.exp(z)
        return np.concatenate([powers[:, c] / powers[:, c].sum(axis=1, keepdims=True) for c in circuits], axis=1)

    report = check_kernel(overflows, kernel="softmax")
    assert not report and report.worst is None
    assert "is nan: is the largest z of a circuit subtracted before the exponential?" in report.cause


def changes_input(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (lambda x: x.nothing, "raises AttributeError"),
        (lambda x: None, "returns nothing, expected result, an array"),
        (lambda x: np.exp(x)[1:], r"returned `result` has shape \("),
        (lambda x: np.exp(x.astype(np.float64)), "returned `result` has dtype float64, expected float32"),
        (lambda x: np.exp(x) * np.float32("nan"), r"returned `result\[0, 0\]` is nan"),
        (lambda x: np.exp(x) + np.random.default_rng().random(dtype=np.float32), "return different `result`"),
        (changes_input, "changes its input `x`"),
        (lambda x: "text", "returned `result` has shape"),
    ],
)
def test_functions_that_are_no_kernels(function, cause):
    with pytest.raises(AssertionError, match=cause):
        assert_kernel(function, kernel="exp", count=3)


@pytest.mark.parametrize(
    "changed", [{"kernel": "tanh"}, {"dtype": np.float16}, {"fn": 3}, {"count": 0}, {"seed": -1}, {"ulp": -1}]
)
def test_bad_arguments(changed):
    with pytest.raises(svpg.Error, match=f"^{next(iter(changed))}: "):
        check_kernel(**{"fn": np.exp, "kernel": "exp", **changed})
