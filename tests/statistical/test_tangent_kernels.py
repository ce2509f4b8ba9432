"""The kernel by which wide vector networks learn, beside that of drawn networks and their training."""

import numpy as np
import pytest

import dmft
import validation
from validation.layered.drawing import drawn
from validation.layered.feedback import feedback_of

RNG = np.random.default_rng(0)
INPUTS = RNG.standard_normal((12, 30))
INPUTS[6:] = 0.7 * INPUTS[:6] + 0.6 * RNG.standard_normal((6, 30))
LABELS = RNG.integers(4, size=12)
RULES = {"gradient": dmft.Backprop(), "global": dmft.GlobalErrorVector()}


def network(width):
    return dmft.LayeredNetwork([width] * 3, vector_units=4, nonnegative=True)


def measured(width, rule, seed):
    """The response of logits to a small step on each sample, by layer: weights with their biases."""
    rng = np.random.default_rng(seed)
    units = drawn(network(width), 30, 4, rng)
    fed, seen = feedback_of(rule, network(width), units, list, rng), units.forward(INPUTS)
    parts = np.zeros((4, 12, 12))
    across = np.zeros((12, 12))
    for sample in range(12):
        error = np.zeros((12, 4))
        error[sample, 1] = 1.0
        weights, biases = units.gradients(seen, error, fed.signals(units, seen, error))
        for layer, arrays in enumerate(zip(units.weights, units.biases, weights, biases, strict=True)):
            w, b, dw, db = arrays
            step = 1e-7 / max(np.abs(dw).max(), np.abs(db).max())
            w += step * dw
            b += step * db
            change = (units.forward(INPUTS).logits - seen.logits) / step
            w -= step * dw
            b -= step * db
            parts[layer, :, sample] = change[:, 1]
            across[:, sample] += change[:, 0]
    return parts, across


@pytest.mark.parametrize("name", RULES)
def test_kernels_of_drawn_networks(name):
    """32 networks of 3 x 256, errors to 6 %: within 2 errors and 4 %; components do not mix, each layer its part."""
    theory = dmft.solve_tangent(network(256), RULES[name], INPUTS, LABELS, duration=1e-4)
    found, across = zip(*(measured(256, RULES[name], seed) for seed in range(32)), strict=True)
    mean, total = np.mean(found, axis=0), np.sum(found, axis=1)
    error = np.std(total, axis=0, ddof=1) / np.sqrt(32)
    size = np.linalg.norm(theory.kernel)
    assert np.linalg.norm(error) < 0.06 * size
    assert np.linalg.norm(mean.sum(axis=0) - theory.kernel) < 2.0 * np.linalg.norm(error) + 0.04 * size
    assert np.linalg.norm(np.mean(across, axis=0)) < 0.06 * size
    diagonal = np.mean(np.diagonal(mean, axis1=1, axis2=2), axis=1)
    assert diagonal == pytest.approx(theory.parts, rel=0.15)
    without = theory.kernel - np.diag(np.diag(theory.kernel))
    assert np.linalg.norm(without) > 0.4 * size  # what is between different samples is seen


def trained(width, rule, seed, duration, steps):
    """Losses of a network and of the theory from the network's own logits."""
    full = {"epochs": steps, "batch": 12, "clip": False, "optimiser": validation.Momentum(duration / steps, 0.0)}
    run = validation.train(network(width), rule, data=(INPUTS, LABELS), seed=seed, **full)
    start = run.first.forward(INPUTS).logits
    theory = dmft.solve_tangent(network(width), rule, INPUTS, LABELS, duration=duration, start=start)
    return run.losses, np.interp(run.epochs * duration / steps, theory.times, theory.losses)


@pytest.mark.long
@pytest.mark.parametrize("name", RULES)
def test_training_curves(name):
    """4 networks of 3 x 512 from their own logits to a third of the first loss: the mean within 8 % of the first.

    It was 6 % by the gradient, 4 % by the global vector, and 25 % of networks of 3 x 128. A kernel larger by 1.5 would
    be off by more.
    """
    kernel = dmft.solve_tangent(network(512), RULES[name], INPUTS, LABELS, duration=1e-4).kernel
    duration = 36.0 / np.mean(np.linalg.eigvalsh(kernel))
    both = [trained(512, RULES[name], seed, duration, 100) for seed in range(4)]
    found, expected = np.mean(both, axis=0)
    assert expected[-1] < 0.45 * expected[0]
    assert np.max(np.abs(found - expected)) < 0.08 * expected[0]
    faster = np.interp(np.minimum(1.5 * np.arange(101), 100), np.arange(101), expected)
    assert np.max(np.abs(found - faster)) > 0.12 * expected[0]


def test_limits_and_refusals():
    theory = dmft.solve_tangent(network(64), RULES["global"], INPUTS, LABELS, duration=1.0)
    assert theory.losses[0] == pytest.approx(np.log(4.0), rel=1e-9)
    assert theory.state == "learned"
    assert np.all(np.diff(theory.losses) < 0.0)
    assert np.all(np.linalg.eigvalsh(theory.kernel) > 0.0)
    short = dmft.solve_tangent(network(64), RULES["global"], INPUTS, LABELS, duration=1e-7)
    error = np.full((12, 4), 0.25) - np.eye(4)[LABELS]
    slope = -np.sum((theory.kernel @ error) * error) / 12**2
    assert (short.losses[-1] - short.losses[0]) / 1e-7 == pytest.approx(slope, rel=1e-2)
    for rule, statement, labels, said in (
        (dmft.DirectFeedback(), network(64), LABELS, "known of Backprop.. and GlobalErrorVector"),
        (dmft.Backprop(), dmft.LayeredNetwork([8], vector_units=4), LABELS, "nonnegative=True"),
        (dmft.Backprop(), network(64), LABELS + 4, "whole numbers from 0 to 3"),
    ):
        with pytest.raises(ValueError, match=said):
            dmft.solve_tangent(statement, rule, INPUTS, labels, duration=1.0)
    with pytest.raises(ValueError, match="must not be zero"):
        dmft.solve_tangent(network(64), dmft.Backprop(), 0.0 * INPUTS, LABELS, duration=1.0)
