"""Tests of sampled estimators, with stated error rates."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import given, numbers, shaped
from .._core import Error
from .._reports import lines

Array = NDArray[np.float64]
Estimator = Callable[..., Any]

# Samples of the first stage: from here on, the mean of most estimators is nearly normal.
_PILOT = 1000
# Samples of a group are one sum: its mean is taken exactly as it is, and memory stays bounded.
_GROUP = 4096


@dataclass(frozen=True, repr=False)
class UnbiasedReport:
    """The result of `check_unbiased`. It is true if no bias was found."""

    ok: bool
    samples: int
    """Samples that were drawn."""
    bias: Array
    """Mean of the samples minus the target, entry by entry."""
    standard_error: Array
    """Of `bias`."""
    worst: tuple[int, ...]
    """Index of the entry with the largest |bias| / standard error."""
    effect: float
    false_alarm: float
    missed: float

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        at = list(self.worst) if self.worst else ""
        found = "no bias found" if self.ok else "biased"
        return (
            f"{'PASS' if self.ok else 'FAIL'}  {found}: {self.samples} samples, worst entry {at} "
            f"{self.bias[self.worst]:+.3g} ± {self.standard_error[self.worst]:.2g}\n"
            f"false alarm of an unbiased estimator: {self.false_alarm:g}; "
            f"missed bias of {self.effect:g}: {self.missed:g}"
        )

    def _repr_html_(self) -> str:
        return lines(self.ok, repr(self))


@dataclass(frozen=True, repr=False)
class DirectionReport:
    """The result of `check_direction`. It is true if the whole interval is at least `cosine`."""

    ok: bool
    verdict: str
    """`close`, `far`, or `undecided`: more samples are needed."""
    found: float
    """Cosine of the angle between update and target."""
    interval: tuple[float, float]
    """Of the cosine, with the stated confidence."""
    cosine: float
    """The smallest cosine that passes."""
    samples: int
    """Samples that were drawn; 0 for a given update."""

    @property
    def degrees(self) -> float:
        """The angle, in degrees."""
        return math.degrees(math.acos(self.found))

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        low, high = self.interval
        return (
            f"{'PASS' if self.ok else 'FAIL'}  {self.verdict}: cosine {self.found:.4f} ({self.degrees:.1f}°), "
            f"interval {low:.4f} to {high:.4f}, at least {self.cosine:g} expected; {self.samples} samples"
        )

    def _repr_html_(self) -> str:
        return lines(self.ok, repr(self))


def check_unbiased(
    estimator: Estimator,
    *,
    target: ArrayLike,
    effect: float,
    false_alarm: float = 1e-3,
    missed: float = 1e-3,
    seed: int = 0,
    batched: bool = False,
    max_samples: int = 10_000_000,
) -> UnbiasedReport:
    """Tests whether the mean of an estimator is its target.

    estimator: a function of a `numpy.random.Generator` that returns one sample: a number, or an array of the
        shape of `target`. With `batched`, a function of the generator and a number n that returns n samples,
        n × shape.
    target: the true mean.
    effect: the bias of an entry, in the units of the target, that must be found.
    false_alarm: the probability that an unbiased estimator fails, over all entries.
    missed: the probability that a bias of `effect` in an entry passes.

    Stein's two-stage test: 1000 samples estimate the variance; the number of all samples then follows from
    the effect and the two rates, and the variance of the first stage is used to the end. For normal samples
    both rates are exact bounds; for others they hold as far as the mean of 1000 samples is normal. Entries
    share the rate of false alarms (Bonferroni). Source: Stein 1945, doi 10.1214/aoms/1177731088.

    Raises `Error` if an argument is invalid, a sample is not finite or has another shape, or more than
    `max_samples` are needed.
    """
    truth = np.asarray(given(target, "target"))
    truth = numbers(truth, "target", truth.shape, "the shape of a sample")
    for name, rate in (("false_alarm", false_alarm), ("missed", missed)):
        if not 0 < rate < 0.5:
            raise Error(f"{name}: found {rate!r}; give a probability above 0 and below 0.5")
    if not (math.isfinite(effect) and effect > 0):
        raise Error(f"effect: found {effect!r}; give the smallest bias that must be found, a positive number")
    if truth.size == 0:
        raise Error("target: it has no entry; give a number or an array")
    draw = _Draws(estimator, truth.shape, seed, batched)
    pilot = draw.next(_PILOT)
    # Around the pilot's first sample, so that a large mean costs no digits.
    centre = pilot[0]
    deviation = (pilot - centre).std(axis=0, ddof=1)
    alarm = _student(1 - false_alarm / (2 * truth.size), _PILOT - 1)
    reach = alarm + _student(1 - missed, _PILOT - 1)
    needed = max(_PILOT, math.ceil(float(deviation.max() * reach / effect) ** 2))
    if needed > max_samples:
        raise Error(
            f"effect: {needed} samples are needed to find a bias of {effect:g} with a standard deviation of "
            f"{deviation.max():.3g}; give a larger effect or rates, or raise max_samples"
        )
    total = (pilot - centre).sum(axis=0)
    for size in _groups(needed - _PILOT):
        total += (draw.next(size) - centre).sum(axis=0)
    bias = total / needed + (centre - truth)
    # An entry without variance is compared up to the rounding of the sum.
    rounding = 1e-12 * np.maximum(np.abs(truth), np.abs(centre))
    error = deviation / math.sqrt(needed)
    ratio = np.abs(bias) / np.where(error > 0, error, np.where(rounding > 0, rounding, 1e-300))
    worst = tuple(map(int, np.unravel_index(int(np.argmax(ratio)), ratio.shape)))
    ok = bool(np.all(np.abs(bias) <= np.maximum(alarm * error, rounding)))
    return UnbiasedReport(ok, needed, bias, error, worst, effect, false_alarm, missed)


def check_direction(
    estimator_or_update: Estimator | ArrayLike,
    *,
    target: ArrayLike,
    cosine: float,
    confidence: float = 0.999,
    samples: int = 20_000,
    seed: int = 0,
    batched: bool = False,
) -> DirectionReport:
    """Tests whether an update, or the mean of an estimator, points in the direction of a target.

    For rules that are only approximate. `estimator_or_update` is an update of the shape of `target`, or an
    estimator as in `check_unbiased`, of which `samples` samples are drawn. The cosine of the angle of the
    mean has an interval of this confidence by the jackknife over 40 groups of samples. The result passes if
    the whole interval is at least `cosine`. Raises `Error` if an argument is invalid or a vector is zero.
    """
    truth = np.asarray(given(target, "target"))
    truth = numbers(truth, "target", truth.shape, "the shape of an update")
    for name, value, low in (("cosine", cosine, -1.0), ("confidence", confidence, 0.0)):
        if not (isinstance(value, int | float) and low < value < 1):
            raise Error(f"{name}: found {value!r}; give a number above {low:g} and below 1")
    if not truth.any():
        raise Error("target: it is zero and has no direction; give another")
    if not callable(estimator_or_update):
        update = numbers(estimator_or_update, "update", truth.shape, "the shape of the target")
        found = _cosine(update, truth, "update")
        return _direction(found, (found, found), cosine, 0)
    groups = 40
    if samples < 10 * groups:
        raise Error(f"samples: found {samples!r}; give at least {10 * groups}")
    draw = _Draws(estimator_or_update, truth.shape, seed, batched)
    sums = np.stack([draw.next(samples // groups).sum(axis=0) for _ in range(groups)])
    total = sums.sum(axis=0)
    found = _cosine(total, truth, "mean")
    without = np.array([_cosine(total - sums[group], truth, "mean") for group in range(groups)])
    # The jackknife's standard error of the cosine.
    error = math.sqrt((groups - 1) * float(without.var()))
    reach = _student((1 + confidence) / 2, groups - 1) * error
    interval = (max(found - reach, -1.0), min(found + reach, 1.0))
    return _direction(found, interval, cosine, samples // groups * groups)


def _direction(found: float, interval: tuple[float, float], cosine: float, samples: int) -> DirectionReport:
    low, high = interval
    verdict = "close" if low >= cosine else "far" if high < cosine else "undecided"
    return DirectionReport(low >= cosine, verdict, found, interval, cosine, samples)


class _Draws:
    """Samples of an estimator, checked."""

    def __init__(self, estimator: Estimator, shape: tuple[int, ...], seed: int, batched: bool) -> None:
        if not callable(estimator):
            raise Error(f"estimator: found {type(estimator).__name__}; give a function of a generator")
        if not (isinstance(seed, int) and seed >= 0):
            raise Error(f"seed: found {seed!r}; give a whole number of at least 0")
        self.estimator, self.shape, self.batched = estimator, shape, batched
        self.random = np.random.default_rng(seed)

    def next(self, count: int) -> Array:
        """`count` samples, count × shape."""
        if self.batched:
            return self._checked(self.estimator(self.random, count), (count, *self.shape))
        all_ = np.empty((count, *self.shape))
        for at in range(count):
            all_[at] = self._checked(self.estimator(self.random), self.shape)
        return all_

    def _checked(self, returned: Any, shape: tuple[int, ...]) -> Array:
        if returned is None:
            raise Error("estimator: it returns nothing; return a sample")
        array = given(returned, "estimator")
        shaped(array, "estimator", shape, "the returned sample")
        if array.dtype.kind not in "fiub":
            raise Error(f"estimator: found dtype {array.dtype}, expected real numbers; convert it to float64")
        found = np.asarray(array, dtype=np.float64)
        if not np.isfinite(found).all():
            raise Error("estimator: it returns NaN or infinity; return finite numbers")
        return found


def _groups(count: int) -> list[int]:
    full, rest = divmod(count, _GROUP)
    return [_GROUP] * full + ([rest] if rest else [])


def _cosine(a: Array, b: Array, name: str) -> float:
    lengths = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    if lengths == 0:
        raise Error(f"{name}: it is zero and has no direction; give another")
    return max(-1.0, min(1.0, float((a * b).sum()) / lengths))


def _student(probability: float, degrees: int) -> float:
    """Quantile of Student's t by its expansion around the normal (Abramowitz and Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(probability)
    terms: tuple[float, ...] = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + math.fsum(term / float(degrees**power) for power, term in enumerate(terms, 1))
