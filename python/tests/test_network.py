"""svpg.Network: equal to the oracle, and its errors."""

import numpy as np
import pytest
import svpg
from conftest import CASE

WEIGHTS = {name: np.array(value, dtype=np.float64) for name, value in CASE["weights"].items()}


def network(**changed) -> svpg.Network:
    return svpg.Network(**{"hidden": (1, 2), "actions": 2, **WEIGHTS, **changed})


def test_update_and_gradients_equal_the_oracle():
    answer = svpg.oracle(CASE, gradients=True)
    net = network()
    assert net.case("svpg", [[0.25]], [[0, 1]], [0.5]) == {**CASE, "mask": None}
    update = net.update("svpg", [[0.25]], [[0, 1]], [0.5])
    gradients = net.gradients([[0.25]], [1], [0.5])
    for name in svpg.Parameters._fields:
        assert getattr(update, name).tolist() == answer["update"][name]
        for gradient in svpg.Gradients._fields:
            assert getattr(getattr(gradients, gradient), name).tolist() == answer["gradients"][gradient][name]
    assert net.mean_field([0.25]).tolist() == answer["q"][0]
    assert net.mean_field([[0.25], [0.5]])[0].tolist() == answer["q"][0]
    assert net.units == 4 and net.states == 1 and net.circuits == [slice(0, 2), slice(2, 4)]
    assert repr(net) == "<svpg.Network: 1 states, 1×2 hidden units, 2 actions, convention full>"


def test_options_conventions_and_masks_reach_the_rule():
    mask = np.ones((4, 4), dtype=bool)
    net = network(
        convention="half",
        recurrent=np.zeros((4, 4)),
        mask=1 - mask,
        state_mask=[[1, 1, 0, 1]],
        state=WEIGHTS["state"] * [1, 1, 0, 1],
    )
    update = net.update("nudged", [[0.25]], [[0, 1]], [0.5], beta=0.5, centred=True)
    assert not update.recurrent.any() and update.state[0, 2] == 0 and update.state[0, 3] != 0
    with pytest.raises(svpg.Error, match="betta"):
        net.update("nudged", [[0.25]], [[0, 1]], [0.5], betta=0.5)
    q = np.full((1, 4), 0.5)
    given = network().update("svpg", [[0.25]], [[0, 1]], [0.5], q=q)
    assert given.bias.tolist() == [0.25, -0.25, -0.25, 0.25]


def test_networks_without_states_or_hidden_circuits():
    net = svpg.Network(hidden=(0, 0), actions=2, recurrent=np.zeros((2, 2)), state=np.zeros((0, 2)), bias=[0, 0])
    assert net.mean_field(np.zeros((3, 0))).tolist() == [[0.5, 0.5]] * 3
    update = net.update("svpg", np.zeros((1, 0)), [[1]], [2.0])
    assert update.bias.tolist() == [-1.0, 1.0] and update.state.shape == (0, 2)


def test_any_layout_is_accepted_and_copied():
    expected = network().mean_field([0.25])
    recurrent = np.asfortranarray(WEIGHTS["recurrent"])
    wide = np.zeros((1, 8), dtype=np.float64)
    wide[:, ::2] = WEIGHTS["state"]
    bias = WEIGHTS["bias"].copy()
    bias.flags.writeable = False
    net = network(recurrent=recurrent, state=wide[:, ::2], bias=bias[::-1][::-1])
    recurrent[0, 2] = 9.0
    assert np.array_equal(net.mean_field([0.25]), expected)
    with pytest.raises(ValueError, match="read-only"):
        net.bias[0] = 1.0
    single = network(**{name: value.astype(np.float32) for name, value in WEIGHTS.items()})
    assert single.recurrent.dtype == np.float64


class Elsewhere:
    """An array on another device, as its interface describes it."""

    ndim = 1

    def __dlpack_device__(self):
        return (2, 0)

    def __dlpack__(self, **_):
        raise AssertionError("it must not be read")


class Nowhere(Elsewhere):
    def __dlpack_device__(self):
        raise ValueError("unknown device type meta")


class OnTheCpu:
    def __init__(self, array):
        self.array, self.ndim = array, array.ndim

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self, **arguments):
        return self.array.__dlpack__(**arguments)


class Cuda:
    __cuda_array_interface__ = {"shape": (4,)}


def test_dlpack():
    wrapped = {name: OnTheCpu(value) for name, value in WEIGHTS.items()}
    assert np.array_equal(network(**wrapped).mean_field(OnTheCpu(np.array([0.25]))), network().mean_field([0.25]))
    for other in (Elsewhere(), Cuda()):
        with pytest.raises(svpg.Error, match="^bias: .*(another device|on a GPU).*CPU"):
            network(bias=other)
    with pytest.raises(svpg.Error, match="^bias: unknown device type meta; give an array on the CPU"):
        network(bias=Nowhere())


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("bias", np.zeros(3), r"^bias: found shape \(3,\), expected \(4\): units"),
        ("recurrent", np.zeros(4), r"^recurrent: found shape \(4,\), expected \(4, 4\)"),
        ("state", np.zeros((1, 3)), r"^state: found shape \(1, 3\), expected \(any, 4\)"),
        ("bias", np.zeros(4, dtype=complex), "^bias: found dtype complex128, expected real numbers"),
        ("bias", np.array(["a"] * 4), "^bias: found dtype <U1, expected real numbers"),
        ("bias", np.zeros(4, dtype=np.longdouble), "^bias: found dtype float128"),
        ("bias", [1, 2, np.nan, 4], r"^bias\[2\]: found nan; give finite numbers"),
        ("recurrent", np.full((4, 4), np.inf), r"^recurrent\[0, 0\]: found inf"),
        ("bias", [[1], [2, 3]], "^bias: "),
        ("bias", None, "^bias: "),
        ("recurrent", np.triu(WEIGHTS["recurrent"]), "recurrent"),
        ("recurrent", np.ones((4, 4)), "recurrent"),
        ("mask", np.full((4, 4), 2), "^mask: found dtype int64 with other values than 0 and 1"),
        ("mask", np.zeros((4, 4)), "recurrent"),
        ("state_mask", np.zeros((2, 4)), r"^state_mask: found shape \(2, 4\), expected \(1, 4\)"),
        ("convention", "double", "^convention: found 'double'"),
        ("hidden", (1,), "^hidden: found shape"),
        ("hidden", (1.5, 2), "^hidden: found dtype float64, expected whole numbers"),
        ("hidden", (-1, 2), "^hidden, actions: found "),
        ("actions", 0, "^hidden, actions: found "),
    ],
)
def test_bad_networks(argument, value, said):
    with pytest.raises(svpg.Error, match=said):
        network(**{argument: value})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"states": [[0.25, 1]]}, r"^states: found shape \(1, 2\), expected \(any, 1\)"),
        ({"states": [[1.5]]}, r"batch\[0\]\.state"),
        ({"states": np.zeros((0, 1))}, "^states: found no sample"),
        ({"states": 1.0}, "^states: found shape"),
        ({"winners": [[0]]}, r"^winners: found shape \(1, 1\), expected \(1, 2\)"),
        ({"winners": [[0, 2]]}, r"^winners\[0, 1\]: found 2, the circuit has 2 units"),
        ({"winners": [[-1, 0]]}, r"^winners\[0, 0\]: found -1"),
        ({"winners": [[0.0, 1.0]]}, "^winners: found dtype float64, expected whole numbers"),
        ({"advantages": [1, 2]}, r"^advantages: found shape \(2,\), expected \(1\)"),
        ({"advantages": [np.nan]}, r"^advantages\[0\]: found nan"),
        ({"q": np.ones((1, 4))}, r"batch\[0\]\.q"),
        ({"q": np.ones((1, 3))}, r"^q: found shape \(1, 3\)"),
        ({"rule": "svgp"}, "svgp"),
    ],
)
def test_bad_batches(changed, said):
    arguments = {"rule": "svpg", "states": [[0.25]], "winners": [[0, 1]], "advantages": [0.5], **changed}
    with pytest.raises(svpg.Error, match=said):
        network().update(**arguments)


def test_optimised_inference_is_near_the_fixed_point():
    random = np.random.default_rng(1)
    weights = np.triu(random.uniform(-0.5, 0.5, (13, 13)), 1)
    of = np.array([0] * 3 + [1] * 3 + [2] * 3 + [3] * 4)
    kept = (of[:, None] != of[None, :]) & ~(of[:, None] + of[None, :] == 1)
    net = svpg.Network(
        hidden=(3, 3),
        actions=4,
        recurrent=(weights + weights.T) * kept,
        state=random.uniform(-1, 1, (5, 13)),
        bias=random.uniform(-1, 1, 13),
        convention="half",
        mask=kept,
    )
    states = random.random((6, 5))
    q = net.mean_field(states)
    rate = net.infer(states, sigma=0.0, tolerance=0.0, max_iterations=200)
    assert rate.dtype == np.float32 and rate.shape == (6, 13) and np.abs(rate - q).max() < 1e-5
    noisy = net.infer(states, seed=3, draw=1)
    assert np.array_equal(noisy, net.infer(states, seed=3, draw=1)) and not np.array_equal(
        noisy, net.infer(states, seed=3, draw=2)
    )
    for kernel in ("rectangle", "double-exponential"):
        spiking = net.infer(states, "spiking", kernel=kernel, steps=20_000, window=10_000)
        assert np.abs(spiking - q).max() < (0.03 if kernel == "rectangle" else 1)
        assert np.allclose(np.add.reduceat(spiking, [0, 3, 6, 9], axis=1), 1, atol=1e-4)
    assert net.infer(states[0], "spiking").shape == (13,)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "rates"}, "^kind: found 'rates'"),
        ({"sigma": -1.0}, "^sigma: "),
        ({"sigma": float("nan")}, "sigma: found NaN"),
        ({"max_iterations": 0}, "^max_iterations: "),
        ({"max_iterations": -1}, "^inference: "),
        ({"kind": "spiking", "kernel": "box"}, "^inference: .*box"),
        ({"kind": "spiking", "steps": 10}, "^time steps: "),
        ({"seed": 2**32}, "^seed: "),
        ({"draw": -1}, "^draw: "),
        ({"states": [[2.0]]}, "^states: found a number outside"),
    ],
)
def test_bad_inference(changed, said):
    with pytest.raises(svpg.Error, match=said):
        network().infer(**{"states": [[0.5]], **changed})


def test_a_mask_that_optimised_inference_cannot_have():
    mask = np.ones((4, 4))
    mask[0, 2] = mask[2, 0] = 0
    recurrent = WEIGHTS["recurrent"] * mask
    with pytest.raises(svpg.Error, match="^mask: optimised inference keeps or drops"):
        network(recurrent=recurrent, mask=mask).infer([0.5])
