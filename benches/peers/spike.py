"""One training step of the preset `bmvc2022-spike-rect`: 200 time steps, rectangular window of 50, one action circuit.

Three observations carry it:
- The states' spikes do not depend on the network, so their window counts for all times are formed first. Only pixels that
  are not zero can fire (about 150 of 784), so each image takes one product (151 times x its pixels) @ (its pixels x units): a
  fifth of the arithmetic of dense products, at nearly the same speed an operation.
- v is one-hot in every circuit, so its product with W is a sum of 21 rows (an embedding bag).
- Window sums move by the incoming and the outgoing term; one compiled kernel does this, the softmax and the sampling.

Tried and slower (one core, AVX2):
- one dense product (100 x 994) @ (994 x 210) a time step, with in-place windows: 490 us each, 75 ms a training step.
- the product (100 x 210) @ (210 x 210) on window counts in place of the embedding bag: 104 us against 37.
- `bernoulli_` for the states: 10 ns a number, `uniform_` and a comparison 3.5 ns.
- softmax and cumulative sum as torch calls: 53 us in the better layout and 93 in the other, before the comparisons and the
  window; all of it in one compiled kernel takes 63.
- window counts by `cumsum` over time: 9.2 ms a training step against 2.4.
"""

import random

import torch

from network import LEARNING_RATE, Shape, learn, sample
from rate import UNCHECKED, scramble

TIMES, WINDOW = 200, 50


def _draw(u, z, width: int, circuits: int):
    """Rows of W that fire: for every circuit the unit that the uniform number u, (batch, circuits), picks from softmax(z)."""
    parts = z.view(-1, width, circuits).unbind(1)
    highest = parts[0]
    for part in parts[1:]:
        highest = torch.maximum(highest, part)
    cumulative = [torch.exp(parts[0] - highest)]
    for part in parts[1:]:
        cumulative.append(cumulative[-1] + torch.exp(part - highest))
    threshold = u * cumulative[-1]
    passed = torch.zeros_like(threshold)
    for c in cumulative[:-1]:
        passed = passed + torch.where(c <= threshold, 1.0, 0.0)
    return passed


def _fire(threshold, key, out):
    """Spikes, 0 or 1, in every place of out (times, pixels); the threshold is 2^24 times the intensity."""
    times, pixels = out.shape
    place = torch.arange(times * pixels, dtype=torch.int32).view(times, pixels)
    bits = (scramble(scramble(place) ^ key) >> 8) & 0xFFFFFF
    out.copy_(torch.where(bits < threshold, 1.0, 0.0))


def _first(u, z, offset, width: int, circuits: int):
    """As `_draw`, for many u of the same z: rows of W."""
    return (_draw(u, z, width, circuits) * circuits).to(torch.int32) + offset


def _advance(driven, recurrent, incoming, outgoing, u, b, offset, width: int, circuits: int):
    """Moves the recurrent window by one spike vector, and draws the next: rows of W, (batch, circuits)."""
    moved = recurrent + (incoming - outgoing)
    recurrent.copy_(moved)
    passed = _draw(u, driven + moved * (1 / WINDOW) + b, width, circuits)
    return (passed * circuits).to(torch.int32) + offset


class SpikeStep:
    """Parameters, scratch buffers and `step`."""

    def __init__(self, shape: Shape = Shape(), times: int = TIMES):
        self.shape, self.times = shape, times
        n = shape.units
        self.mask = shape.wiring(action_hidden=0.4)
        w = torch.rand(n, n)
        self.w = (w + w.T).mul_(0.5).mul_(self.mask)
        self.ut = torch.rand(n, shape.states)
        self.b = torch.rand(n)
        self.updates = times - WINDOW + 1
        self.driven = torch.empty(self.updates, shape.batch, n)
        self.recurrent = torch.empty(shape.batch, n)
        self.offset = torch.arange(shape.circuits, dtype=torch.int32).expand(shape.batch, -1).contiguous()
        self.bags = torch.arange(0, shape.batch * WINDOW * shape.circuits, shape.circuits, dtype=torch.int32)
        self.key = torch.empty((), dtype=torch.int32)
        compiled = dict(fullgraph=True, dynamic=False, options=UNCHECKED)
        self.advance = torch.compile(_advance, **compiled)
        self.first = torch.compile(_first, **compiled)
        # The number of pixels that are not zero differs from batch to batch.
        self.fire = torch.compile(_fire, fullgraph=True, dynamic=True)

    def rows(self, units: torch.Tensor) -> torch.Tensor:
        """Sum of the rows of W named by units, (vectors, circuits): v @ W for one-hot v."""
        bags = self.bags[: len(units)]
        return torch.embedding_bag(self.w, units.view(-1), bags, False, 0, False, None, False)[0]

    def spikes(self, intensities: torch.Tensor) -> torch.Tensor:
        """Bernoulli spikes, (times, pixels) as float32 0 or 1."""
        out = torch.empty(self.times, len(intensities))
        threshold = torch.ceil(intensities * 2**24).to(torch.int32)
        self.fire(threshold, self.key.fill_(random.getrandbits(31)), out)
        return out

    def window(self, spikes: torch.Tensor) -> torch.Tensor:
        """Counts over the last WINDOW spikes at each update, (updates, pixels)."""
        counts = torch.empty(self.updates, spikes.shape[1])
        torch.sum(spikes[:WINDOW], 0, out=counts[0])
        change = torch.sub(spikes[WINDOW:], spikes[:-WINDOW])
        for t in range(1, self.updates):
            torch.add(counts[t - 1], change[t - 1], out=counts[t])
        return counts

    def drive(self, s: torch.Tensor) -> None:
        """The states' part of z at every update, into `driven`."""
        u = self.ut.T.mul(1 / WINDOW)
        image, pixel = s.nonzero(as_tuple=True)
        counts = self.window(self.spikes(s[image, pixel]))
        ends = torch.bincount(image, minlength=len(s)).cumsum(0).tolist()
        start = 0
        for b, end in enumerate(ends):
            torch.mm(counts[:, start:end], u.index_select(0, pixel[start:end]), out=self.driven[:, b])
            start = end

    def infer(self, s: torch.Tensor) -> tuple[torch.Tensor, int]:
        """The state q after the last time step, (batch, units), and the number of its updates."""
        shape = self.shape
        self.drive(s)
        # Until the window is full q does not move: its spikes are independent draws.
        u = torch.rand(WINDOW, shape.batch, shape.circuits)
        z0 = torch.rand(shape.batch, shape.units)
        first = self.first(u, z0, self.offset, shape.width, shape.circuits).view(-1, shape.circuits)
        sums = list(self.rows(first).view(WINDOW, shape.batch, -1))
        torch.sum(torch.stack(sums), 0, out=self.recurrent)
        none = torch.zeros_like(self.recurrent)
        uniform = torch.rand(self.updates, shape.batch, shape.circuits)
        incoming = outgoing = none
        for t in range(self.updates - 1):
            units = self.advance(
                self.driven[t], self.recurrent, incoming, outgoing, uniform[t], self.b, self.offset, shape.width, shape.circuits
            )
            incoming, outgoing = self.rows(units), sums[t]
            sums.append(incoming)
        z = self.driven[-1] + (self.recurrent + incoming - outgoing) / WINDOW + self.b
        return torch.softmax(shape.by_circuit(z), 1).view_as(z), self.updates

    def learn(self, q, v, s, advantage, rate: float = LEARNING_RATE) -> None:
        learn(self.w, self.ut, self.b, self.mask, q, v, s, advantage, rate, 0.5)

    def step(self, s: torch.Tensor, labels: torch.Tensor) -> tuple[int, int]:
        """One training step on states (batch, 784) and labels (batch,): correct answers, updates of q."""
        q, updates = self.infer(s)
        v, action = sample(self.shape, q)
        right = (action == labels).float()
        self.learn(q, v, s, 2 * right - 2)  # the vote with one action circuit and r = 0
        return int(right.sum().item()), updates
