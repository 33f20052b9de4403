"""The spiking step of `spike.py` as published programs do it: spikes of the last 50 time steps in one dense
(batch, neurons, time) tensor, shifted at every time step and summed against the kernel over its last axis.

Written for clarity, not for speed: it is what the figure "times faster than a dense program" refers to.
"""

import torch

from network import LEARNING_RATE, Shape, sample
from spike import TIMES, WINDOW


class DenseStep:
    """Parameters and `step`."""

    def __init__(self, shape: Shape = Shape(), times: int = TIMES):
        self.shape, self.times = shape, times
        n = shape.units
        self.mask = shape.wiring(action_hidden=0.4)
        w = torch.rand(n, n)
        self.w = (w + w.T) / 2 * self.mask
        self.u = torch.rand(shape.states, n)
        self.b = torch.rand(n)
        self.kernel = torch.full((WINDOW,), 1 / WINDOW)

    def probabilities(self, z: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.shape.by_circuit(z), 1).reshape(z.shape)

    def infer(self, s: torch.Tensor) -> tuple[torch.Tensor, int]:
        """The state q after the last time step, (batch, units), and the number of its updates."""
        n = self.shape.units
        q = self.shape.start()
        history = torch.zeros(len(s), n + self.shape.states, WINDOW)
        for t in range(self.times):
            spikes = torch.cat([sample(self.shape, q)[0], torch.bernoulli(s)], 1)
            history = torch.cat([history[:, :, 1:], spikes[:, :, None]], 2)
            if t >= WINDOW - 1:
                x = (history * self.kernel).sum(2)
                q = self.probabilities(x[:, :n] @ self.w + x[:, n:] @ self.u + self.b)
        return q, self.times - WINDOW + 1

    def step(self, s: torch.Tensor, labels: torch.Tensor) -> tuple[int, int]:
        """One training step on states (batch, 784) and labels (batch,): correct answers, updates of q."""
        q, updates = self.infer(s)
        v, action = sample(self.shape, q)
        right = (action == labels).float()
        advantage = (2 * right - 2)[:, None]
        e = advantage * (v - q)
        rate = LEARNING_RATE / len(s)
        d = e.T @ q
        self.w += rate / 2 * (d + d.T) * self.mask
        self.u += rate * s.T @ e
        self.b += rate * (advantage * v).sum(0)
        return int(right.sum().item()), updates
