"""svpg.testing.check_inference: right implementations pass, wrong ones fail with their cause."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest
import svpg
from svpg.testing import assert_inference, check_inference


def softmax(z, circuits):
    powers = [np.exp(z[:, c] - z[:, c].max(axis=1, keepdims=True)) for c in circuits]
    return np.concatenate([power / power.sum(axis=1, keepdims=True) for power in powers], axis=1)


def mean_field(case, iterations=400, kappa=None, softmax=softmax):
    kappa = case.kappa if kappa is None else kappa
    drive = case.bias + case.s @ case.state
    q = softmax(np.zeros_like(drive), case.circuits)
    for _ in range(iterations):
        before, q = q, softmax(drive + case.recurrent.dtype.type(2 * kappa) * q @ case.recurrent, case.circuits)
        if np.array_equal(q, before):
            break
    return q


def rate(case, sigma=None, kappa=None, softmax=softmax):
    kind = case.recurrent.dtype.type
    sigma, kappa = kind(case.sigma if sigma is None else sigma), kind(case.kappa if kappa is None else kappa)
    q, activity = case.start, []
    for state_noise, unit_noise in zip(case.state_noise, case.unit_noise):
        x_s, x_q = np.clip(case.s + sigma * state_noise, 0, 1), np.clip(q + sigma * unit_noise, 0, 1)
        q = softmax(case.bias + x_s @ case.state + 2 * kappa * x_q @ case.recurrent, case.circuits)
        activity.append(q)
    return np.array(activity)


def spiking(case, mistake=None):
    kind, window = case.s.dtype.type, case.window - (mistake == "window shorter")
    tau = np.arange(window)
    kernel = np.ones(window) if case.kernel == "rectangle" else np.exp(-tau / 8) - np.exp(-tau / 2)
    kernel = (kernel / kernel.sum()).astype(kind)[::-1]
    q, spikes, state_spikes, winners, activity = softmax(case.start, case.circuits), [], [], [], []
    for t, (unit_draws, state_draws) in enumerate(zip(case.unit_draws, case.state_draws)):
        v, won = np.zeros_like(q), []
        for c, draw in zip(case.circuits, unit_draws.T):
            won.append((draw[:, None] >= np.cumsum(q[:, c], axis=1)[:, :-1]).sum(axis=1))
            v[np.arange(len(v)), c.start + won[-1]] = 1
        winners.append(np.array(won).T)
        spikes.append(v)
        state_spikes.append((state_draws < case.s).astype(kind))
        if t + 1 >= case.window:
            x_v, x_s = (np.tensordot(kernel, np.array(all_[-window:]), 1) for all_ in (spikes, state_spikes))
            q = softmax(case.bias + x_s @ case.state + kind(2 * case.kappa) * x_v @ case.recurrent, case.circuits)
            activity.append(q)
    winners = np.array(winners)
    if mistake == "winners a step later":
        winners = np.roll(winners, 1, axis=0)
    if mistake == "counted over all units":
        winners = winners + [c.start for c in case.circuits]
    return {"winners": winners, "activity": np.array(activity)}


RIGHT = {"mean-field": mean_field, "rate": rate, "spiking": spiking}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", RIGHT)
def test_right_inference_passes(kind, dtype):
    began = time.process_time()
    report = check_inference(RIGHT[kind], kind=kind, dtype=dtype)
    assert report.ok and report.networks == 200 and "PASS" in report._repr_html_(), repr(report)
    assert time.process_time() - began < 10
    assert_inference(RIGHT[kind], kind=kind, dtype=dtype, count=20, seed=7)


def whole_softmax(z, circuits):
    power = np.exp(z - z.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


WRONG = [
    ("mean-field", lambda case: mean_field(case, iterations=3), "STALE_Q"),
    ("mean-field", lambda case: mean_field(case, iterations=6), "STALE_Q"),
    ("mean-field", lambda case: mean_field(replace(case, bias=0 * case.bias)), "NET_INPUT"),
    ("mean-field", lambda case: mean_field(case).astype(np.float16).astype(case.s.dtype), "HALF_PRECISION"),
    ("mean-field", lambda case: mean_field(case, kappa=1.5 - case.kappa), "CONVENTION"),
    ("mean-field", lambda case: mean_field(case, softmax=whole_softmax), "SOFTMAX_GLOBAL"),
    ("rate", lambda case: rate(case, sigma=0.0), "NOISE"),
    ("rate", lambda case: rate(case, kappa=1.5 - case.kappa), "CONVENTION"),
    ("rate", lambda case: rate(case, softmax=whole_softmax), "SOFTMAX_GLOBAL"),
    ("rate", lambda case: np.concatenate([case.start[None], rate(case)[:-1]]), "ITERATION_SHIFTED"),
    ("rate", lambda case: rate(case, sigma=0.03), None),
]


@pytest.mark.parametrize(("kind", "wrong", "cause"), WRONG)
def test_wrong_inference_fails_with_its_cause(kind, wrong, cause):
    report = check_inference(wrong, kind=kind)
    assert not report and report.failures == 20, repr(report)
    assert report.cause is None if cause is None else report.cause.startswith(cause), repr(report)
    assert "worst entry" in report.worst and "FAIL" in report._repr_html_()
    shape = report.case["shape"]
    assert shape["hidden_circuits"] * shape["hidden_size"] + shape["actions"] + shape["states"] <= 6, repr(report)
    with pytest.raises(AssertionError, match=f"^FAIL  {kind} inference"):
        assert_inference(wrong, kind=kind, count=20)


@pytest.mark.parametrize("mistake", ["window shorter", "winners a step later", "counted over all units"])
def test_wrong_spikes_fail(mistake):
    report = check_inference(lambda case: spiking(case, mistake), kind="spiking", count=60)
    assert not report and report.failures >= 5, repr(report)
    if mistake == "counted over all units":
        assert re.search(r"winners\[0\]\[\d+\]: found \d+ in a circuit of", report.cause), repr(report)
    else:
        assert report.cause is None and "FAIL" in report.worst and report.case["inference"]["kind"] == "spiking"
    wrong_dtype = check_inference(lambda case: [1.0 * part for part in spiking(case).values()], kind="spiking", count=3)
    assert "`winners` has dtype float64, expected whole numbers" in wrong_dtype.cause
    with pytest.raises(svpg.Error, match="^atol: spikes are compared"):
        check_inference(spiking, kind="spiking", atol=1e-6)


class Elsewhere:
    """An array on another device, as its interface describes it."""

    def __dlpack_device__(self):
        return (2, 0)


def changes_input(case):
    q = mean_field(case)
    case.bias += 1
    return q


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (lambda case: case.nothing, "raises AttributeError"),
        (lambda case: None, "returns nothing, expected q, an array"),
        (lambda case: mean_field(case).T[:, :0], r"returned `q` has shape \(.*, expected \("),
        (lambda case: mean_field(case).astype(np.float16), "returned `q` has dtype float16, expected float64"),
        (lambda case: mean_field(case) * np.nan, r"returned `q\[0, 0\]` is nan"),
        (lambda case: Elsewhere(), "returned q: the array is on another device .*CPU"),
        (lambda case: mean_field(case) + np.random.default_rng().normal(), "return different `q`"),
        (changes_input, "changes its input `bias`"),
    ],
)
def test_functions_that_are_no_inference(function, cause):
    report = check_inference(function, count=3)
    assert not report and report.worst is None and report.case is not None
    with pytest.raises(AssertionError, match=cause):
        assert_inference(function, count=3)


def test_any_layout_is_accepted():
    def strided(case):
        q = mean_field(case)
        wide = np.zeros((2 * len(q), q.shape[1]))[::2]
        wide[:] = q
        found = np.asfortranarray(wide)
        found.flags.writeable = False
        return found

    assert_inference(strided, count=10)


@pytest.mark.parametrize(
    "changed",
    [{"kind": "rates"}, {"dtype": int}, {"dtype": "float99"}, {"fn": 3}, {"count": 0}, {"seed": -1}, {"atol": -1}],
)
def test_bad_arguments(changed):
    with pytest.raises(svpg.Error, match=f"^{next(iter(changed))}: "):
        check_inference(**{"fn": mean_field, **changed})
