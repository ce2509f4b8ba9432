"""Learning signals: angles in a millisecond, order parameters to 1e4, and steps of training beside plain numpy."""

import time

import numpy as np
import pytest

import dmft
from validation.layered.angles import softmax_error
from validation.layered.drawing import drawn, drawn_above
from validation.layered.feedback import feedback_of

pytestmark = pytest.mark.benchmark


def seconds(work, repeats=5):
    work()
    best = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        best.append(time.process_time() - start)
    return min(best)


def test_angles(record_speed):
    network = dmft.LayeredNetwork([512] * 10, vector_units=10, nonnegative=True)
    taken = seconds(lambda: dmft.solve_alignment(network, dmft.GlobalErrorVector()))
    record_speed("angles of ten layers", "one millisecond", 1e-3 / taken, "1")


def test_order_parameters(record_speed):
    problem = dmft.TeacherStudent.drawn(2, 2, seed=1, size=0.5)
    rule = dmft.DirectFeedback([1.0, -0.5])
    taken = seconds(lambda: dmft.solve_online_learning(problem, rule, rate=0.2, duration=1e4), 3)
    record_speed("order parameters to 10 000 steps per dimension", "two seconds", 2.0 / taken, "1")


def plain_step(x, y, weights, biases, feedback):
    """One step of a network of three hidden layers as one would write it."""
    h = [x]
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        h.append(np.maximum(h[-1] @ w.T + b, 0.0))
    logits = h[-1] @ weights[-1].T + biases[-1]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1.0
    delta = p
    updates = [delta.T @ h[-1] / len(y), delta.mean(axis=0)]
    for layer in range(len(weights) - 1, 0, -1):
        delta = (delta @ feedback[layer]) * (h[layer] > 0.0)
        updates += [delta.T @ h[layer - 1] / len(y), delta.mean(axis=0)]
    return updates


def signs(weights, rng, drawn_sizes):
    """Feedback by signs as one would write it."""
    sizes = [np.abs(np.sqrt(2.0 / w.shape[1]) * rng.standard_normal(w.shape)) if drawn_sizes else 0.1 for w in weights]
    return [s * np.sign(w) for s, w in zip(sizes, weights, strict=True)]


PLAIN = {
    "BP": (dmft.Backprop(), lambda weights, rng: weights),
    "uSF": (dmft.SignFeedback(), lambda weights, rng: [None, *signs(weights[1:], rng, False)]),
    "brSF": (dmft.SignFeedback("batch"), lambda weights, rng: [None, *signs(weights[1:], rng, True)]),
}


@pytest.mark.parametrize("width", [64, 128, 256])
@pytest.mark.parametrize("name", PLAIN)
def test_steps_of_training(record_speed, name, width):
    rng = np.random.default_rng(0)
    network = dmft.LayeredNetwork([width] * 3)
    units = drawn(network, 64, 10, rng)
    rule, feedback = PLAIN[name]
    fed = feedback_of(rule, network, units, lambda: drawn_above(network, 64, 10, rng), rng)
    x, y = rng.standard_normal((32, 64)), rng.integers(10, size=32)

    def ours():
        seen = units.forward(x)
        error = softmax_error(seen.logits, y)
        return units.gradients(seen, error, fed.signals(units, seen, error))

    def theirs():
        return plain_step(x, y, units.weights, units.biases, feedback(units.weights, rng))

    if name == "BP":  # the same work, before it is timed
        expected = theirs()
        for got, wanted in zip(ours()[0][::-1], expected[::2], strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-14)
    plain, mine = (seconds(lambda work=work: [work() for _ in range(50)]) for work in (theirs, ours))
    record_speed(f"a step of training by {name}, 64 - 3 x {width} - 10", "numpy by hand", plain / mine, "1")
