"""Trained networks as policies."""

from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import given, numbers
from ._core import Error, StoredNetwork

# Evaluations use draws from this number on, trainings the ones below.
_EVALUATION = 1 << 31


class Policy:
    """The network of a run, with the inference and the policy it was trained with.

    Inference is random where the run's inference is: each call takes the next draws. `seed` and `draw` say
    which; set them to repeat a result. Results are those of the library in every bit.
    """

    def __init__(self, run: StoredNetwork) -> None:
        self._run = run
        self.task: str = run.task
        """`mnist` or `pendulum`."""
        self.preset: str = run.preset
        self.rule: str = run.rule
        self.network: str = run.network
        """`best` or `last`."""
        self.step: int = run.step
        """Batches or episodes of its training."""
        self.states: int = run.states
        """Numbers of an observation."""
        self.actions: int = run.actions
        self.pole: tuple[float, float] | None = run.pole
        """Length and radius in metres of the pole that it was trained on."""
        self.seed: int = run.seed
        """Seed of the draws, below 2³²; that of the run if it is not changed."""
        self.draw = 0
        """Number of the next draws, below 2³¹."""
        self._random = np.random.default_rng(run.seed)

    def __repr__(self) -> str:
        return (
            f"<svpg.Policy: {self.task}, preset {self.preset}, rule {self.rule}, {self.network} network "
            f"after {self.step}, {self.states} states, {self.actions} actions>"
        )

    def probabilities(self, observation: ArrayLike) -> NDArray[np.float32]:
        """The probabilities of the actions, for an observation or a batch: (samples ×) actions.

        `observation` is (samples ×) states in [0, 1], in float32: pixels / 255, or the observation of
        `svpg/InvertedPendulum-v0`. Of several action circuits, it is the mean. A batch stops its inference
        together, so its bits can differ from those of single observations.
        """
        sums, is_single = self._votes(observation)
        mean = sums / np.float32(self._run.votes)
        return mean[0] if is_single else mean

    def predict(self, observation: ArrayLike, deterministic: bool = True) -> Any:
        """The action for an observation (an `int`), or one for each observation of a batch (an array).

        `deterministic` takes the most probable action, the first of equals; otherwise the action is drawn.
        `observation` is that of `probabilities`. Raises `Error` if it is invalid.
        """
        sums, is_single = self._votes(observation)
        if deterministic:
            actions = sums.argmax(axis=1)
        else:
            shares = np.cumsum(sums.astype(np.float64), axis=1)
            shares /= shares[:, -1:]
            actions = (self._random.random((len(sums), 1)) >= shares).sum(axis=1)
        return int(actions[0]) if is_single else actions

    def _votes(self, observation: ArrayLike) -> tuple[NDArray[np.float32], bool]:
        """Sums of the action circuits, samples × actions, and whether it was a single observation."""
        array = given(observation, "observation")
        is_single = array.ndim == 1
        shape, axes = ((self.states,), "states") if is_single else ((None, self.states), "samples × states")
        states = numbers(array, "observation", shape, axes, np.float32)
        if ((states < 0) | (states > 1)).any():
            raise Error(
                "observation: found a number outside [0, 1]; give pixels / 255, or the environment's observation"
            )
        samples = 1 if is_single else len(states)
        if samples == 0:
            raise Error("observation: found no sample; give at least one")
        for name, value, most in (("seed", self.seed, 2**32 - 1), ("draw", self.draw, _EVALUATION - 1)):
            if not 0 <= value <= most:
                raise Error(f"{name}: found {value}; set a whole number, 0 to {most}")
        q = self._run.infer(states.tobytes(), samples, self.seed, _EVALUATION | self.draw)
        self.draw += 1
        acting = np.frombuffer(q, dtype=np.float32).reshape(samples, self._run.votes, self.actions)
        # In the order of the library, for the same bits.
        sums = np.zeros((samples, self.actions), dtype=np.float32)
        for vote in range(self._run.votes):
            sums += acting[:, vote]
        return sums, is_single


def load(run: str | PathLike[str], *, last: bool = False) -> Policy:
    """The policy of a run folder (`svpg train … --out RUN`): its best network, or with `last` its last one.

    Raises `Error` if the folder is missing, damaged, or of another version.
    """
    if not isinstance(run, str | PathLike):
        raise Error(f"run: found {type(run).__name__}; give the path of a run folder")
    return Policy(StoredNetwork(fspath(run), last))
