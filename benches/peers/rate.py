"""One training step of the preset `bmvc2022`: rate inference with noise, rule svpg-bmvc, SGD.

Per iteration: one compiled kernel of random bits, one of Box-Muller noise with the clamp, one matrix product over states and units
together, one compiled kernel for softmax and the distance to the last state.

Tried and not better (one core, AVX2, microseconds an iteration):
- `normal_` (380), add and clamp (25): its Mersenne twister alone takes 340. Here 300 for all, and on several threads less.
- numpy's SFC64 with its ziggurat in float32: 830. `torch.randn` inside a compiled function (Philox): 4500.
- bits, logarithm by exponent bits and noise in one kernel: 270, level with two calls, since Inductor takes a bit cast apart
  element by element. With integers converted to floats in the kernel, and sine and cosine from the library: 2200.
- numpy's SFC64 for the random bits alone: 110 against 140 on one core, but it has one thread only.
- products laid out the other way round, or `linear`: 490 to 520, as this one.
"""

import math
import random

import torch

from network import LEARNING_RATE, Shape, learn, sample

UNCHECKED = {
    # Shapes and types never change here, so the guards that torch.compile runs at every call are skipped.
    "guard_filter_fn": torch.compiler.skip_all_guards_unsafe,
    "cpp.enable_floating_point_contract_flag": "fast",
}

ONE = 0x3F800000  # bits of 1.0f: with 23 random bits below it, a uniform float in [1, 2)

# cos(2 pi x) and sin(2 pi x) / x for |x| <= 1/2 as polynomials in x^2 (least squares at Chebyshev nodes, errors below 4e-8).
COSINE: list[float] = []
SINE: list[float] = []


def _fit() -> None:
    import numpy as np

    node = (1 - np.cos(np.pi * (np.arange(4000) + 0.5) / 4000)) / 8  # x^2 in (0, 1/4)
    x = np.sqrt(node)
    for target, values in ((COSINE, np.cos(2 * np.pi * x)), (SINE, np.sin(2 * np.pi * x) / x)):
        fitted = np.polynomial.Chebyshev.fit(node, values, 6).convert(kind=np.polynomial.Polynomial)
        target[:] = [float(c) for c in fitted.coef[::-1]]


_fit()


def scramble(x):
    """A bijective 32-bit mixer (xor-shift-multiply, two rounds); counters in, random bits out."""
    x = x ^ ((x >> 16) & 0xFFFF)
    x = x * 0x21F0AAAD
    x = x ^ ((x >> 15) & 0x1FFFF)
    x = x * -0x2CA5D269
    return x ^ ((x >> 15) & 0x1FFFF)


def _horner(coefficients, x):
    value = x * coefficients[0] + coefficients[1]
    for c in coefficients[2:]:
        value = value * x + c
    return value


def _bits(counter, key, first, second):
    a = scramble(counter ^ key)
    first.copy_(((a >> 9) & 0x7FFFFF) | ONE)
    second.copy_(((scramble(a ^ counter) >> 9) & 0x7FFFFF) | ONE)


def _perturb(radius_u, angle_u, x1, x2, out1, out2, deviation: float):
    radius = ((2.0 - radius_u).log() * (-2 * deviation**2)).sqrt()
    angle = angle_u - 1.5
    square = angle * angle
    out1.copy_((x1 + radius * _horner(COSINE, square)).clamp(0, 1))
    out2.copy_((x2 + radius * angle * _horner(SINE, square)).clamp(0, 1))


def _settle(z, q, width: int, circuits: int):
    settled = torch.softmax(z.view(-1, width, circuits), 1).view_as(q)
    return settled, (settled - q).abs().sum()


class RateStep:
    """Parameters, scratch buffers and `step`."""

    def __init__(self, shape: Shape = Shape(), deviation: float = 0.02, tolerance: float = 0.005, most: int = 50):
        self.shape, self.deviation, self.tolerance, self.most = shape, deviation, tolerance, most
        n = shape.units
        self.mask = shape.wiring(hidden_hidden=0.1)
        # Inference reads [2W; U] as one matrix, kept transposed: (units, units + states).
        self.matrix = torch.zeros(n, n + shape.states)
        self.w2, self.ut, self.b = self.matrix[:, :n], self.matrix[:, n:], torch.zeros(n)
        self.x = torch.zeros(shape.batch, n + shape.states)  # [q, s]
        self.noisy = torch.zeros_like(self.x)
        self.z = torch.zeros(shape.batch, n)
        size = self.x.numel()
        half = (size + 1) // 2
        assert size % 2 == 0, "the noise comes in pairs"
        self.counter = torch.arange(half, dtype=torch.int32)
        bits = torch.empty(2, half, dtype=torch.int32)
        flat, out = self.x.view(-1), self.noisy.view(-1)
        self.bits_arguments = (bits[0], bits[1])
        self.perturb_arguments = (*bits.view(torch.float32), flat[:half], flat[half:], out[:half], out[half:])
        compiled = dict(fullgraph=True, dynamic=False, options=UNCHECKED)
        self.bits = torch.compile(_bits, **compiled)
        self.perturb = torch.compile(_perturb, **compiled)
        self.settle = torch.compile(_settle, **compiled)

    def infer(self, s: torch.Tensor) -> tuple[torch.Tensor, int]:
        """The mean-field state, (batch, units), and the number of iterations (passes through the network)."""
        return self.infer_from(self.shape.start(), s)

    def infer_from(self, q0: torch.Tensor, s: torch.Tensor) -> tuple[torch.Tensor, int]:
        shape, n = self.shape, self.shape.units
        q = self.x[:, :n]
        q.copy_(q0)
        self.x[:, n:].copy_(s)
        limit = self.tolerance * q.numel()
        weights = self.matrix.T
        key = torch.empty((), dtype=torch.int32)
        for iteration in range(1, self.most + 1):
            key.fill_(random.getrandbits(31))
            self.bits(self.counter, key, *self.bits_arguments)
            self.perturb(*self.perturb_arguments, self.deviation)
            torch.addmm(self.b, self.noisy, weights, out=self.z)
            settled, distance = self.settle(self.z, q, shape.width, shape.circuits)
            if distance.item() < limit:
                break
            q.copy_(settled)
        return q, iteration

    def learn(self, q, v, s, advantage, rate: float = LEARNING_RATE) -> None:
        learn(self.w2, self.ut, self.b, self.mask, q, v, s, advantage, rate, 2.0)

    def step(self, s: torch.Tensor, labels: torch.Tensor) -> tuple[int, int]:
        """One training step on states (batch, 784) and labels (batch,): correct answers, iterations."""
        q, iterations = self.infer(s)
        v, action = sample(self.shape, q)
        advantage = (action == labels).float() - 1  # the reward is 1 for the right digit, the baseline 1
        self.learn(q, v, s, advantage)
        return int(advantage.numel() + advantage.sum().item()), iterations
