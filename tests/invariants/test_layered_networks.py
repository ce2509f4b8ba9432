"""Layers that learn: gradients against differences, pairs of opposite units, signs of every sample."""

import numpy as np
import pytest

import dmft
from validation.layered.convolution import patches, pooled, spread, unpooled
from validation.layered.drawing import drawn, drawn_above
from validation.layered.elementwise import softmax_error
from validation.layered.feedback import feedback_of
from validation.layered.room import Fresh, Kept

NETWORKS = {
    "scalar": dmft.LayeredNetwork([6, 5]),
    "tanh": dmft.LayeredNetwork([6, 5], nonlinearity=dmft.Tanh()),
    "vector": dmft.LayeredNetwork([6, 4], vector_units=3),
    "nonnegative": dmft.LayeredNetwork([6, 4], vector_units=3, nonnegative=True),
    "maps": dmft.LayeredNetwork([4, 6], convolutional=True),
    "vector maps": dmft.LayeredNetwork([4, 6], convolutional=True, vector_units=3),
    "nonnegative maps": dmft.LayeredNetwork([4, 6], convolutional=True, vector_units=3, nonnegative=True),
}


def layers(name, seed=0):
    rng = np.random.default_rng(seed)
    return drawn(NETWORKS[name], 64, 3, rng), rng.standard_normal((5, 64)), rng.integers(3, size=5), rng


def updates(name, units, x, y, rule, rng):
    seen = units.forward(x)
    error = softmax_error(seen.logits, y)
    fed = feedback_of(rule, NETWORKS[name], units, lambda: drawn_above(NETWORKS[name], 64, 3, rng), rng)
    return units.gradients(seen, error, fed.signals(units, seen, error))


@pytest.mark.parametrize("name", NETWORKS)
def test_backward_passes_are_gradients(name):
    units, x, y, rng = layers(name)
    for bias in units.biases:
        bias += 0.1 * rng.standard_normal(bias.shape)

    def loss():
        logits = units.forward(x).logits
        logits = logits - logits.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(5), y])

    weights, biases = updates(name, units, x, y, dmft.Backprop(), rng)
    for arrays, gradients in ((units.weights, weights), (units.biases, biases)):
        for array, gradient in zip(arrays, gradients, strict=True):
            for _ in range(8):
                at = tuple(rng.integers(n) for n in array.shape)
                kept = array[at]
                array[at] = kept + 1e-6
                above = loss()
                array[at] = kept - 1e-6
                below = loss()
                array[at] = kept
                assert (above - below) / 2e-6 == pytest.approx(gradient[at], abs=2e-8)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("rule", [dmft.Backprop(), dmft.DirectFeedback()])
def test_passes_in_a_kept_room_are_those_in_fresh_ones(name, rule):
    """Batches of two sizes in turns, whose arrays are written again; what was left by another pass must not show."""
    units, x, y, rng = layers(name)
    fed = feedback_of(rule, NETWORKS[name], units, list, rng)
    room = Kept()
    for part in (slice(0, 5), slice(0, 3), slice(2, 5), slice(0, 5)):
        both = []
        for way in (room, Fresh()):
            seen = units.forward(x[part], way)
            error = softmax_error(seen.logits, y[part])
            weights, biases = units.gradients(seen, error, fed.signals(units, seen, error))
            both.append([seen.logits, *weights, *biases])
        assert all(np.array_equal(a, b) for a, b in zip(*both, strict=True))


@pytest.mark.parametrize("name", ["nonnegative", "nonnegative maps"])
def test_units_stand_in_opposite_pairs(name):
    units, x, _, _ = layers(name)
    assert all(np.all(w >= 0.0) for w in units.weights[1:])
    assert all(0.3 < np.mean(w == 0.0) < 0.7 for w in units.weights[1:])
    seen = units.forward(x)
    for gates, h in zip(seen.slopes, seen.activity[1:], strict=True):
        dense = name == "nonnegative"  # components stand before units, of maps behind
        on, off = np.split(h, 2, axis=2 if dense else 3)
        assert np.allclose(on, -off, atol=1e-12)
        assert np.array_equal(*np.split(gates, 2, axis=1 if dense else 3))


def test_paired_units_are_a_network_of_mixed_signs_with_half_as_many():
    units, x, _, _ = layers("nonnegative")
    h = np.einsum("nm,ikm->nik", x, units.weights[0].reshape(6, 3, 64)[:3])
    for w, t in zip(units.weights[1:], units.signs, strict=True):
        h = h * (np.einsum("nik,ik->ni", h, t[: h.shape[1]]) > 0.0)[:, :, None]
        rows = max(1, len(w) // 2)
        base = w[:rows, : w.shape[1] // 2] - w[:rows, w.shape[1] // 2 :]  # relu(V) - relu(-V) = V
        h = np.einsum("ij,njk->nik", base, h)
    assert np.allclose(h[:, 0], units.forward(x).logits, atol=1e-12)


@pytest.mark.parametrize("name", ["nonnegative", "nonnegative maps"])
def test_each_sample_has_the_signs_of_the_gradient(name):
    units, x, y, rng = layers(name)
    for one in range(5):
        own, true = (
            updates(name, units, x[one : one + 1], y[one : one + 1], rule, rng)[0]
            for rule in (dmft.GlobalErrorVector(), dmft.Backprop())
        )
        for a, b in zip(own[:-1], true[:-1], strict=True):
            if name == "nonnegative":  # maps sum over places
                assert np.all(a * b >= 0.0)
                assert np.all(a[b != 0.0] != 0.0)
        assert np.array_equal(own[-1], true[-1])


@pytest.mark.parametrize("name", ["scalar", "maps"])
def test_signs_of_equal_weights_are_the_gradient(name):
    """Weights of one size: feedback by signs is the gradient; so is that of the initial sizes, of any weights."""
    units, x, y, rng = layers(name)
    true = updates(name, units, x, y, dmft.Backprop(), rng)[0]
    kept = updates(name, units, x, y, dmft.SignFeedback("fixed", sizes="initial"), rng)[0]
    other = updates(name, units, x, y, dmft.SignFeedback("fixed"), rng)[0]
    assert all(np.allclose(a, b, atol=1e-14) for a, b in zip(true, kept, strict=True))
    assert not np.allclose(true[0], other[0], atol=1e-6)
    units.weights[1:] = [np.sign(w) * 0.1 for w in units.weights[1:]]
    true = updates(name, units, x, y, dmft.Backprop(), rng)[0]
    signs = updates(name, units, x, y, dmft.SignFeedback(), rng)[0]
    assert all(np.allclose(a, b, atol=1e-14) for a, b in zip(true, signs, strict=True))


def test_convolutions_and_means_have_their_adjoints():
    rng = np.random.default_rng(0)
    maps, seen = rng.standard_normal((2, 4, 4, 3)), rng.standard_normal((2, 4, 4, 27))
    assert np.vdot(patches(maps), seen) == pytest.approx(np.vdot(maps, spread(seen)))
    small = rng.standard_normal((2, 2, 2, 3))
    assert np.vdot(pooled(maps), small) == pytest.approx(np.vdot(maps, unpooled(small)))
