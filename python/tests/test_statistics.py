"""svpg.testing.check_unbiased and check_direction: the measured error rates are the stated ones."""

import math

import numpy as np
import pytest
import svpg
from svpg.testing import check_direction, check_unbiased

RUNS = 2000


def rate(bias, noise, **arguments) -> float:
    """The share of runs that fail, for a vector of two entries with this bias in the first one."""
    target = np.array([1.0, -2.0])
    offset = np.array([bias, 0.0])

    def estimator(random, n):
        return target + offset + noise(random, (n, 2))

    fails = 0
    for seed in range(RUNS):
        fails += not check_unbiased(estimator, target=target, seed=seed, batched=True, **arguments).ok
    return fails / RUNS


def normal(random, shape):
    return random.normal(size=shape)


def skewed(random, shape):
    return random.exponential(size=shape) - 1.0


@pytest.mark.parametrize("noise", [normal, skewed])
def test_the_error_rates_are_the_stated_ones(noise):
    arguments = {"effect": 0.1, "false_alarm": 0.05, "missed": 0.1}
    # A rate of 5 % measured in 2000 runs: 4 standard deviations are 2 %.
    alarms = rate(0.0, noise, **arguments)
    assert 0.025 < alarms < 0.05 + 4 * math.sqrt(0.05 * 0.95 / RUNS), alarms
    # The bias is the effect itself: it is missed at most at the stated rate, and not much less.
    missed = 1 - rate(0.1, noise, **arguments)
    assert 0.05 < missed < 0.1 + 4 * math.sqrt(0.1 * 0.9 / RUNS), missed


def test_a_policy_gradient_estimator():
    """The score times a reward is unbiased for the gradient; the score times the reward of another action is not."""
    logits = np.array([0.3, -0.2, 0.1])
    policy = np.exp(logits) / np.exp(logits).sum()
    rewards = np.array([1.0, 0.0, -0.5])
    gradient = policy * (rewards - policy @ rewards)

    def estimator(random):
        action = random.choice(3, p=policy)
        return rewards[action] * (np.eye(3)[action] - policy)

    report = check_unbiased(estimator, target=gradient, effect=0.05)
    assert report and report.samples > 1000 and report.bias.shape == (3,)
    assert repr(report).startswith("PASS  no bias found: ") and "PASS" in report._repr_html_()
    wrong = check_unbiased(lambda random: estimator(random) * 1.5, target=gradient, effect=0.05)
    assert not wrong and repr(wrong).startswith("FAIL  biased: ")
    assert check_direction(lambda random: 1.5 * estimator(random), target=gradient, cosine=0.99)
    other = check_direction(lambda random: estimator(random)[[1, 2, 0]], target=gradient, cosine=0.9)
    assert other.verdict == "far" and not other and "FAIL" in repr(other)
    unclear = check_direction(estimator, target=gradient, cosine=0.999, samples=400)
    assert unclear.verdict == "undecided" and not unclear.ok
    low, high = unclear.interval
    assert -1 <= low < unclear.found < high <= 1


def test_constants_are_compared_up_to_rounding():
    assert check_unbiased(lambda random: 0.1, target=0.1, effect=0.01)
    assert check_unbiased(lambda random: np.array([0.1, 0.0]), target=[0.1 + 1e-15, 0.0], effect=0.01)
    assert not check_unbiased(lambda random: 0.1, target=0.1 + 1e-6, effect=0.01)
    # A large mean costs no digits.
    assert check_unbiased(lambda random, n: 1e9 + random.normal(size=n), target=1e9, effect=0.1, batched=True)


def test_intervals_of_directions_cover():
    """The interval of 95 % contains the true cosine in about 95 % of the runs."""
    mean, target = np.array([1.0, 0.5, 0.0]), np.array([1.0, 0.0, 0.0])
    true = 1 / math.sqrt(1.25)
    covered = 0
    for seed in range(400):
        report = check_direction(
            lambda random, n: mean + random.normal(size=(n, 3)),
            target=target,
            cosine=0.5,
            confidence=0.95,
            samples=4000,
            seed=seed,
            batched=True,
        )
        covered += report.interval[0] <= true <= report.interval[1]
    assert 0.9 < covered / 400 < 0.99, covered


def test_a_given_update_has_an_exact_direction():
    report = check_direction([1.0, 1.0], target=[1.0, 0.0], cosine=0.7)
    assert report.ok and report.samples == 0 and report.interval == (report.found, report.found)
    assert math.isclose(report.degrees, 45)
    assert not check_direction([-1.0, 0.0], target=[1.0, 0.0], cosine=0.0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"estimator": 3}, "^estimator: found int"),
        ({"estimator": lambda random: None}, "^estimator: it returns nothing"),
        ({"estimator": lambda random: [1.0, 2.0]}, r"^estimator: found shape \(2,\), expected \(\)"),
        ({"estimator": lambda random: math.nan}, "^estimator: it returns NaN"),
        ({"estimator": lambda random: 1j}, "^estimator: found dtype complex128"),
        ({"target": math.nan}, "^target"),
        ({"target": []}, "^target: it has no entry"),
        ({"effect": 0}, "^effect: "),
        ({"effect": 1e-9}, "^effect: .* samples are needed"),
        ({"false_alarm": 0}, "^false_alarm: "),
        ({"missed": 0.7}, "^missed: "),
        ({"seed": -1}, "^seed: "),
    ],
)
def test_bad_arguments(changed, said):
    arguments = {"estimator": lambda random: random.normal(), "target": 0.0, "effect": 0.1, **changed}
    with pytest.raises(svpg.Error, match=said):
        check_unbiased(arguments.pop("estimator"), **arguments)


def test_bad_directions():
    for update, arguments, said in [
        ([0.0, 0.0], {}, "^update: it is zero"),
        ([1.0], {}, "^update: found shape"),
        ([1.0, 0.0], {"target": [0.0, 0.0]}, "^target: it is zero"),
        ([1.0, 0.0], {"cosine": 2}, "^cosine: "),
        (lambda random: [1.0, 0.0], {"confidence": 1}, "^confidence: "),
        (lambda random: [1.0, 0.0], {"samples": 10}, "^samples: "),
    ]:
        with pytest.raises(svpg.Error, match=said):
            check_direction(update, **{"target": [1.0, 0.0], "cosine": 0.5, **arguments})
