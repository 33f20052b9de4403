"""The winner-take-all network that all peers train: its shape, its memory layout, sampling and the local update.

Layout. All circuits have the same number of units D. Unit d of circuit g lies in column d * C + g (C circuits, the action circuit last), so
that a (batch, units) matrix is also (batch, D, C): a sum over a circuit's units then runs over rows of adjacent
circuits, which vectorises; with the ten units of a circuit side by side torch's softmax takes twice as long.
"""

from dataclasses import dataclass

import torch

BATCH = 100
LEARNING_RATE = 0.1


@dataclass(frozen=True)
class Shape:
    """States, hidden circuits, units a circuit (and actions), batch."""

    states: int = 784
    hidden: int = 20
    width: int = 10
    batch: int = BATCH

    @property
    def circuits(self) -> int:
        return self.hidden + 1

    @property
    def units(self) -> int:
        return self.circuits * self.width

    def wiring(self, hidden_hidden: float = 0.0, action_hidden: float = 0.0) -> torch.Tensor:
        """The mask of W, (units, units), 0 or 1: nothing inside a circuit; whole blocks between circuits dropped, each
        ordered pair with its probability, together with its transpose."""
        blocks = torch.ones(self.circuits, self.circuits)
        blocks.fill_diagonal_(0)
        drop = torch.rand(self.circuits, self.circuits) < hidden_hidden
        drop[-1, :] = False
        drop[:, -1] = torch.rand(self.circuits) < action_hidden
        blocks[drop | drop.T] = 0
        return blocks.repeat(self.width, self.width)

    def by_circuit(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, units) as (batch, width, circuits)."""
        return x.view(-1, self.width, self.circuits)

    def start(self) -> torch.Tensor:
        """The state before inference, (batch, units): softmax of uniform numbers in every circuit."""
        return torch.softmax(torch.rand(self.batch, self.width, self.circuits), 1).view(self.batch, -1)

    def answers(self, q: torch.Tensor) -> torch.Tensor:
        """The most probable actions, (batch,)."""
        return self.by_circuit(q)[:, :, -1].argmax(1)


def sample(shape: Shape, q: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One-hot v, (batch, units), and the actions, (batch,), drawn from the probabilities q, (batch, units).

    One uniform number a circuit against the cumulative sum; an exponential race needs ten.
    """
    total = shape.by_circuit(q).cumsum(1)
    threshold = torch.rand(len(q), 1, shape.circuits) * total[:, -1:]
    winner = (total <= threshold).sum(1).clamp_max_(shape.width - 1)
    v = torch.zeros_like(q)
    shape.by_circuit(v).scatter_(1, winner[:, None], 1.0)
    return v, winner[:, -1]


def learn(w, ut, b, mask, q, v, s, advantage, rate, w_factor):
    """The rule svpg-bmvc, averaged over the batch, in place.

    w (units, units) is the recurrent matrix as inference uses it, ut (units, states) is U transposed, b (units,).
    `w_factor` is 1 for dW = A (q_j e_i + q_i e_j), times whatever w holds relative to W. Samples of no advantage
    (the correct ones) add nothing and are left out of the products.
    """
    step = rate / len(q)
    paid = advantage.nonzero().squeeze(1)
    if len(paid) == 0:
        return
    a = advantage[paid, None]
    q, v, s = q[paid], v[paid], s[paid]
    b.add_((a * v).sum(0), alpha=step)
    e = (v - q).mul_(a)
    ut.addmm_(e.T, s, alpha=step)
    d = e.T @ q
    w.addcmul_(d + d.T, mask, value=step * w_factor)
