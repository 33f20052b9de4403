"""One training step of the preset `tpami2025` on images: a critic, then five epochs of PPO with the rule svpg-tpami, all with Adam.

The critic is 784-2048-1024-1024-1 with rectified hidden layers. Its gradients are written out: three products a layer. Parameters,
gradients and Adam's moments are one flat tensor each, so that Adam is one compiled kernel over memory.

Tried and not better (one core): `torch.optim.Adam(fused=True)` over the eight tensors; a compiled backward pass, which leaves the products
to the library too.
"""

import math

import torch

from network import Shape, sample
from rate import UNCHECKED, RateStep

RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
CRITIC_HIDDEN = (2048, 1024, 1024)


def _adam(parameters, gradient, mean, square, constants):
    """One step of ascent; constants are rate / (1 - beta_1^t) and sqrt(1 - beta_2^t)."""
    m = mean + (1 - BETA_1) * (gradient - mean)
    v = BETA_2 * square + (1 - BETA_2) * gradient * gradient
    mean.copy_(m)
    square.copy_(v)
    parameters.add_(constants[0] * (m / (v.sqrt() / constants[1] + EPSILON)))


class Adam:
    """Adam for tensors that are views of one flat tensor."""

    def __init__(self, shapes: list[tuple[int, ...]]):
        sizes = [math.prod(shape) for shape in shapes]
        self.flat = torch.zeros(4, sum(sizes))  # parameters, gradient, mean, square
        cut = [row.split(sizes) for row in self.flat[:2]]
        self.parameters, self.gradients = ([part.view(shape) for part, shape in zip(parts, shapes)] for parts in cut)
        self.constants = torch.zeros(2)
        self.steps = 0
        self.update = torch.compile(_adam, fullgraph=True, dynamic=False, options=UNCHECKED)

    def step(self) -> None:
        self.steps += 1
        self.constants[0] = RATE / (1 - BETA_1**self.steps)
        self.constants[1] = math.sqrt(1 - BETA_2**self.steps)
        self.update(*self.flat, self.constants)


class Critic:
    """The value of states, (batch, states), with its own optimiser."""

    def __init__(self, states: int, hidden: tuple[int, ...] = CRITIC_HIDDEN):
        sizes = (states, *hidden, 1)
        pairs = list(zip(sizes, sizes[1:]))
        self.adam = Adam([shape for a, b in pairs for shape in ((a, b), (b,))])
        self.weights, self.biases = self.adam.parameters[::2], self.adam.parameters[1::2]
        for weight, bias in zip(self.weights, self.biases):
            bound = 1 / math.sqrt(len(weight))
            weight.uniform_(-bound, bound)
            bias.uniform_(-bound, bound)
        self.activities: list[torch.Tensor] = []

    def values(self, states: torch.Tensor) -> torch.Tensor:
        """(batch,)."""
        self.activities = [states]
        for at, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            out = torch.addmm(bias, self.activities[-1], weight)
            self.activities.append(out.relu_() if at + 1 < len(self.weights) else out)
        return self.activities[-1].squeeze(1)

    def learn(self, rewards: torch.Tensor) -> None:
        """One step on the mean squared error of the last `values`."""
        error = (rewards - self.activities[-1].squeeze(1)).mul_(2 / len(rewards))[:, None]
        for at in reversed(range(len(self.weights))):
            below = self.activities[at]
            torch.mm(below.T, error, out=self.adam.gradients[2 * at])
            torch.sum(error, 0, out=self.adam.gradients[2 * at + 1])
            if at > 0:
                error = (error @ self.weights[at].T).mul_(below > 0)
        self.adam.step()


class CriticStep:
    """The critic's step alone."""

    def __init__(self, shape: Shape):
        self.shape = shape
        self.critic = Critic(shape.states)

    def step(self, s: torch.Tensor, labels: torch.Tensor) -> tuple[int, int]:
        self.critic.values(s)
        self.critic.learn(2 * (torch.rand(len(s)) < 0.5).float() - 1)
        return 0, 1


def _update(outer, w_gradient, u_gradient, mask, units: int):
    """From outer = e' [q s], (units, units + states): the gradients of W and U', masked."""
    d = outer[:, :units]
    w_gradient.copy_((d + d.T) * mask)
    u_gradient.copy_(outer[:, units:])


class PpoStep(RateStep):
    """Parameters, scratch buffers and `step`."""

    def __init__(self, shape: Shape = Shape(hidden=50), epochs: int = 5, clip: float = 0.2, entropy: float = 0.2, critic=CRITIC_HIDDEN):
        super().__init__(shape)
        self.mask = shape.wiring()
        self.epochs, self.clip, self.entropy = epochs, clip, entropy
        self.critic = Critic(shape.states, critic)
        n = shape.units
        self.adam = Adam([(n, n), (n, shape.states), (n,)])
        self.outer = torch.zeros(n, n + shape.states)
        self.update = torch.compile(_update, fullgraph=True, dynamic=False, options=UNCHECKED)

    def action(self, q: torch.Tensor, action: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """p, ln p, -p ln p of the action and the entropy of its circuit, (batch,) each."""
        shares = self.shape.by_circuit(q)[:, :, -1]
        surprise = -torch.xlogy(shares, shares)
        p = shares.gather(1, action[:, None]).squeeze(1)
        return p, p.log(), surprise.gather(1, action[:, None]).squeeze(1), surprise.sum(1)

    def signal(self, advantage, p, log_p, surprise, entropy, old) -> torch.Tensor:
        """g of the rule, (batch,)."""
        ratio = (log_p - old).exp_()
        weighted = advantage * ratio
        kept = weighted <= ratio.clamp(1 - self.clip, 1 + self.clip) * advantage
        g = torch.where(kept, weighted, 0) * (1 - p) + self.entropy * (surprise - p * entropy)
        return torch.where(p == 0, 0, g) / len(p)

    def ascend(self, q, v, s, g) -> None:
        """One step of Adam along the update averaged over the batch."""
        n = self.shape.units
        e = (v - q).mul_(g[:, None] / len(q))
        torch.mm(e.T, q, out=self.outer[:, :n])
        torch.mm(e.T, s, out=self.outer[:, n:])
        w, u, b = self.adam.gradients
        self.update(self.outer, w, u, self.mask, n)
        torch.sum(e, 0, out=b)
        self.adam.step()
        w, u, b = self.adam.parameters
        torch.mul(w, 2, out=self.w2)
        self.ut.copy_(u)
        self.b.copy_(b)

    def step(self, s: torch.Tensor, labels: torch.Tensor) -> tuple[int, int]:
        """One training step on states (batch, 784) and labels (batch,): correct answers, iterations of the first inference."""
        q, first = self.infer(s)
        v, action = sample(self.shape, q)
        right = action == labels
        rewards = 2 * right.float() - 1
        advantage = rewards - self.critic.values(s)
        self.critic.learn(rewards)
        old = None
        for epoch in range(self.epochs):
            if epoch > 0:
                q, _ = self.infer(s)
            p, log_p, surprise, entropy = self.action(q, action)
            old = log_p.clone() if old is None else old
            self.ascend(q, v, s, self.signal(advantage, p, log_p, surprise, entropy, old))
        return int(right.sum().item()), first
