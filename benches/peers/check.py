"""`step.py --check`: the fast programs against the formulas of the model, evaluated in float64 with plain loops."""

import math

import numpy as np
import torch

import spike
from network import Shape, learn, sample
from ppo import RATE, Critic, PpoStep
from rate import RateStep
from spike import WINDOW, SpikeStep

SMALL = Shape(states=6, hidden=3, width=4, batch=5)
FAILED: list[str] = []


def expect(what: str, error: float, bound: float) -> None:
    print(f"{'ok' if error <= bound else 'FAILED':6} {what}: {error:.2e}, at most {bound:.0e}")
    if not error <= bound:
        FAILED.append(what)


def double(x: torch.Tensor) -> np.ndarray:
    return x.numpy().astype(np.float64)


def softmax(z: np.ndarray) -> np.ndarray:
    """Per circuit, one circuit after the other."""
    q = np.empty_like(z)
    for c in range(SMALL.circuits):
        e = np.exp(z[:, c :: SMALL.circuits])
        q[:, c :: SMALL.circuits] = e / e.sum(1, keepdims=True)
    return q


def updated(w, u, b, mask, q, v, s, a, eta, w_factor):
    """Section 4 of the model, rule svpg-bmvc, entry by entry: W, U (states, units), b after one step."""
    w, u, b = w.copy(), u.copy(), b.copy()
    batch, units = q.shape
    for n in range(batch):
        e = v[n] - q[n]
        for i in range(units):
            b[i] += eta / batch * a[n] * v[n, i]
            for j in range(units):
                w[i, j] += eta / batch * w_factor * mask[i, j] * a[n] * (q[n, j] * e[i] + q[n, i] * e[j])
            for k in range(s.shape[1]):
                u[k, i] += eta / batch * a[n] * s[n, k] * e[i]
    return w, u, b


def check_rule() -> None:
    """The update of both tasks: with all, some and no samples of no advantage."""
    for kind, make, w_factor in (("rate", RateStep, 1.0), ("spiking", SpikeStep, 0.5)):
        for advantages in ([-1.0, 0, -1, -1, 0], [-1.0, -2, -1, -1, -2], [0.0] * 5):
            net = make(SMALL)
            w = net.w2 if kind == "rate" else net.w
            scale = 2 if kind == "rate" else 1
            start = torch.randn_like(w)
            w.copy_((start + start.T) * net.mask)
            net.ut.normal_()
            net.b.normal_()
            q = torch.softmax(SMALL.by_circuit(torch.randn(5, SMALL.units)), 1).view(5, -1)
            v, _ = sample(SMALL, q)
            s, a = torch.rand(5, SMALL.states), torch.tensor(advantages)
            before = (double(w) / scale, double(net.ut).T, double(net.b))
            want = updated(*before, double(net.mask), double(q), double(v), double(s), advantages, 0.1, w_factor)
            net.learn(q, v, s, a, 0.1)
            got = (double(w) / scale, double(net.ut).T, double(net.b))
            expect(f"{kind} update", max(np.abs(x - y).max() for x, y in zip(want, got)), 2e-6)


def check_rate_inference() -> None:
    """Without noise, inference is the damping-free fixed-point iteration, stopped before the last state is taken."""
    net = RateStep(SMALL, deviation=0.0, tolerance=1e-4)
    start = torch.randn(SMALL.units, SMALL.units) * 0.1
    net.w2.copy_((start + start.T) * net.mask)
    net.ut.normal_()
    net.b.normal_()
    s = torch.rand(5, SMALL.states)
    q0 = SMALL.start()
    q, passes = net.infer_from(q0, s)
    want, count = double(q0), 0
    while True:
        count += 1
        following = softmax(want @ double(net.w2) + double(s) @ double(net.ut).T + double(net.b))
        if np.abs(following - want).mean() < 1e-4 or count == 50:
            break
        want = following
    expect("rate inference, state", np.abs(double(q) - want).max(), 2e-6)
    expect("rate inference, iterations", abs(passes - count), 0)


def check_noise() -> None:
    """Moments of the noise, and of products of neighbours; bounds at six standard errors."""
    net = RateStep()
    net.x.fill_(0.5)
    total = []
    for key in range(20):
        net.bits(net.counter, torch.tensor(key * 7919 + 1, dtype=torch.int32), *net.bits_arguments)
        net.perturb(*net.perturb_arguments, net.deviation)
        total.append((net.noisy - net.x) / net.deviation)
    g = torch.stack(total).double().flatten()
    n = len(g)
    expect("noise, mean", abs(g.mean().item()), 6 / math.sqrt(n))
    expect("noise, variance", abs(g.square().mean().item() - 1), 6 * math.sqrt(2 / n))
    expect("noise, fourth moment", abs(g.pow(4).mean().item() - 3), 6 * math.sqrt(96 / n))
    expect("noise, neighbours", abs((g[1:] * g[:-1]).mean().item()), 6 / math.sqrt(n))
    half = g.view(20, 2, -1)
    expect("noise, pairs", abs((half[:, 0] * half[:, 1]).mean().item()), 6 / math.sqrt(n / 2))


def check_windows() -> None:
    """The drive of the states against window sums of the same spikes, pixels that are zero and one among them."""
    net = SpikeStep(SMALL)
    s = torch.rand(5, SMALL.states)
    s[0] = 0
    s[1, 2], s[2, 3] = 1, 0
    seen = []
    spikes = net.spikes
    net.spikes = lambda intensities: seen.append(spikes(intensities)) or seen[-1]
    net.drive(s)
    full = np.zeros((spike.TIMES, *s.shape))
    full[:, s.numpy() != 0] = double(seen[0])
    want = np.stack([full[t - WINDOW + 1 : t + 1].mean(0) @ double(net.ut).T for t in range(WINDOW - 1, spike.TIMES)])
    expect("spiking drive", np.abs(double(net.driven) - want).max(), 5e-6)
    expect("a pixel of one fires always", np.abs(full[:, 1, 2] - 1).max(), 0)
    many = spikes(torch.full((5000,), 0.3))
    expect("spike rate", abs(many.double().mean().item() - 0.3), 6 * math.sqrt(0.21 / many.numel()))


def check_spiking_recurrence() -> None:
    """The last state against the window mean of the units that fired, and the draws against the probabilities."""
    net = SpikeStep(SMALL)
    fired = []
    rows = net.rows
    net.rows = lambda units: fired.append(units.clone()) or rows(units)
    s = torch.rand(5, SMALL.states)
    q, _ = net.infer(s)
    spikes = np.zeros((spike.TIMES, 5, SMALL.units))
    times = [*fired[0].view(WINDOW, 5, -1), *fired[1:]]
    for t, units in enumerate(times):
        np.put_along_axis(spikes[t], units.numpy().astype(np.int64), 1.0, 1)
    want = softmax(double(net.driven[-1]) + spikes[-WINDOW:].mean(0) @ double(net.w) + double(net.b))
    expect("spiking recurrence, times", abs(len(times) - spike.TIMES), 0)
    expect("spiking recurrence, state", np.abs(double(q) - want).max(), 5e-6)
    z = torch.randn(5, SMALL.units)
    draws = 20000
    u = torch.rand(draws, 5, SMALL.circuits)
    units = spike._first(u, z, net.offset, SMALL.width, SMALL.circuits)
    counts = np.zeros((5, SMALL.units))
    for n in range(5):
        counts[n] = np.bincount(units[:, n].flatten().numpy(), minlength=SMALL.units) / draws
    expect("spike probabilities", np.abs(counts - softmax(double(z))).max(), 6 * math.sqrt(0.25 / draws))


def check_critic() -> None:
    """The critic's gradients against differences of the mean squared error in float64, and Adam's first step."""
    critic = Critic(SMALL.states, (7, 5, 4))
    s, rewards = torch.rand(5, SMALL.states), torch.randn(5)
    layers = [(double(w), double(b)) for w, b in zip(critic.weights, critic.biases)]

    def loss(layers) -> float:
        a = double(s)
        for at, (w, b) in enumerate(layers):
            a = a @ w + b
            a = np.maximum(a, 0) if at + 1 < len(layers) else a
        return ((double(rewards) - a[:, 0]) ** 2).mean()

    before = critic.adam.flat[0].clone()
    critic.values(s)
    critic.learn(rewards)
    worst = 0.0
    for at, pair in enumerate(layers):
        for which, part in enumerate(pair):
            got = double(critic.adam.gradients[2 * at + which])
            for place in np.ndindex(part.shape):
                held, ends = part[place], []
                for shift in (1e-6, -1e-6):
                    part[place] = held + shift
                    ends.append(loss(layers))
                part[place] = held
                worst = max(worst, abs(got[place] + (ends[0] - ends[1]) / 2e-6))
    expect("critic's gradient", worst, 2e-6)
    moved, gradient = critic.adam.flat[0] - before, critic.adam.flat[1]
    expect("Adam's first step", (moved - RATE * gradient / (gradient.abs() + 1e-8)).abs().max().item(), 1e-6)


def check_ppo() -> None:
    """The update of svpg-tpami with PPO, entry by entry in float64; ratios inside and outside of the clip."""
    net = PpoStep(SMALL, critic=(3, 3, 3))
    q = torch.softmax(SMALL.by_circuit(torch.randn(5, SMALL.units)), 1).view(5, -1)
    v, action = sample(SMALL, q)
    s, advantage = torch.rand(5, SMALL.states), torch.tensor([1.0, -1, 0.5, -2, 1])
    p, log_p, surprise, entropy = net.action(q, action)
    old = log_p + torch.tensor([0.0, 0.5, -0.5, -0.5, 0.1])
    net.ascend(q, v, s, net.signal(advantage, p, log_p, surprise, entropy, old))
    g = np.zeros(5)
    for n in range(5):
        shares = double(q)[n].reshape(SMALL.width, SMALL.circuits)[:, -1]
        share = shares[action[n]]
        ratio = share / math.exp(old[n].item())
        a = advantage[n].item()
        clipped = min(max(ratio, 1 - net.clip), 1 + net.clip) * a
        weighted = ratio * a if ratio * a <= clipped else 0.0
        hn = -(shares * np.log(shares)).sum()
        g[n] = (weighted * (1 - share) + net.entropy * (-share * math.log(share) - share * hn)) / 5
    zeros = [np.zeros(shape) for shape in ((SMALL.units,) * 2, (SMALL.states, SMALL.units), (SMALL.units,))]
    want = updated(*zeros, double(net.mask), double(q), double(v), double(s), g, 1.0, 1.0)
    w, u, b = (double(x) for x in net.adam.gradients)
    expect("PPO gradient, W and U", max(np.abs(want[0] - w).max(), np.abs(want[1].T - u).max()), 1e-6)
    e = (double(v) - double(q)) * g[:, None] / 5
    expect("PPO gradient, b", np.abs(e.sum(0) - b).max(), 1e-6)


def main() -> int:
    checks = (check_rule, check_rate_inference, check_noise, check_windows, check_spiking_recurrence, check_critic, check_ppo)
    for check in checks:
        check()
    return 1 if FAILED else 0
