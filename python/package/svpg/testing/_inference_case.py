"""The inputs of inference."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass
class InferenceCase:
    """The input of an inference. Arrays are in C order and of the dtype of the test.

    S states, N units, B samples, T iterations.
    """

    circuits: list[slice]
    """The units of each circuit, the action circuit last."""
    kappa: float
    """κ of -E = κ·vᵀWv + sᵀUv + bᵀv: 1 or ½."""
    recurrent: Array
    """W, N × N"""
    state: Array
    """U, S × N"""
    bias: Array
    """b, N"""
    s: Array
    """Observed states, B × S"""


@dataclass
class RateCase(InferenceCase):
    """The input of rate inference, with its random numbers."""

    sigma: float
    """Standard deviation of the noise."""
    start: Array
    """The initial activity, B × N: the softmax of uniform numbers."""
    state_noise: Array
    """Standard normal numbers for the states, T × B × S"""
    unit_noise: Array
    """Standard normal numbers for the activity, T × B × N"""


@dataclass
class SpikingCase(InferenceCase):
    """The input of spiking inference, with its random numbers. G hidden circuits, L time steps of a window."""

    kernel: str
    """"rectangle" or "double-exponential"."""
    window: int
    """L"""
    start: Array
    """Uniform numbers, B × N: the initial activity is their softmax."""
    state_draws: Array
    """Uniform numbers for the states, T × B × S: a spike where the number is below the state."""
    unit_draws: Array
    """Uniform numbers for the circuits, T × B × (G + 1)"""
