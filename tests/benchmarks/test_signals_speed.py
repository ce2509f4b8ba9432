"""Learning signals: angles in a millisecond, order parameters to 1e4, and steps of training beside plain numpy."""

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import dmft
from validation.layered.drawing import drawn, drawn_above
from validation.layered.elementwise import softmax_error
from validation.layered.feedback import feedback_of
from validation.layered.room import Kept

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


def plain_step(x, y, weights, biases, feedback, straight=False):
    """One step of a network of three hidden layers as one would write it."""
    h = [x]
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        h.append(np.maximum(h[-1] @ w.T + b, 0.0))
    logits = h[-1] @ weights[-1].T + biases[-1]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1.0
    error = delta = p
    updates = [delta.T @ h[-1] / len(y), delta.mean(axis=0)]
    for layer in range(len(weights) - 1, 0, -1):
        delta = ((error if straight else delta) @ feedback[layer]) * (h[layer] > 0.0)
        updates += [delta.T @ h[layer - 1] / len(y), delta.mean(axis=0)]
    return updates


def signs(weights, rng, drawn_sizes):
    """Feedback by signs as one would write it."""
    sizes = [np.abs(np.sqrt(2.0 / w.shape[1]) * rng.standard_normal(w.shape)) if drawn_sizes else 0.1 for w in weights]
    return [s * np.sign(w) for s, w in zip(sizes, weights, strict=True)]


PLAIN = {
    "BP": (dmft.Backprop(), lambda weights, rng: weights),
    "FA": (dmft.FeedbackAlignment(), lambda weights, rng: weights),
    "DFA": (dmft.DirectFeedback(), lambda weights, rng: [None, *(weights[-1] for _ in weights[1:])]),
    "uSF": (dmft.SignFeedback("uniform"), lambda weights, rng: [None, *signs(weights[1:], rng, False)]),
    "brSF": (dmft.SignFeedback("batch"), lambda weights, rng: [None, *signs(weights[1:], rng, True)]),
}
ROUNDS = 9


def ratio_in_turns(ours, theirs):
    """The median ratio of CPU times, in rounds of some 30 ms each in which both run."""
    ours(), theirs()
    count = max(3, int(0.03 / seconds(theirs, 2)))
    with threadpool_limits(limits=1):
        times = [[seconds_of(work, count) for work in (ours, theirs)] for _ in range(ROUNDS)]
    mine, plain = np.array(times).T
    return np.median(plain / mine)


def seconds_of(work, count):
    start = time.process_time()
    for _ in range(count):
        work()
    return time.process_time() - start


def step_of(units, fed, x, y):
    """A step as `validation.train` takes it, before the weights are moved."""
    room = Kept()

    def step():
        seen = units.forward(x, room)
        error = softmax_error(seen.logits, y)
        return units.gradients(seen, error, fed.signals(units, seen, error))

    return step


@pytest.mark.parametrize("width", [32, 64, 128, 256, 512])
@pytest.mark.parametrize("name", PLAIN)
def test_steps_of_training(record_speed, name, width):
    """The smallest ratio of three sizes of batches."""
    rng = np.random.default_rng(0)
    network = dmft.LayeredNetwork([width] * 3)
    units = drawn(network, 64, 10, rng)
    rule, feedback = PLAIN[name]
    fed = feedback_of(rule, network, units, lambda: drawn_above(network, 64, 10, rng), rng)
    ratios = []
    for batch in (16, 128, 512):
        x, y = rng.standard_normal((batch, 64)), rng.integers(10, size=batch)
        ours = step_of(units, fed, x, y)

        def theirs(x=x, y=y):
            return plain_step(x, y, units.weights, units.biases, feedback(units.weights, rng), name == "DFA")

        if name == "BP":  # the same work, before it is timed
            for got, wanted in zip(ours()[0][::-1], theirs()[::2], strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-14)
        ratios.append(ratio_in_turns(ours, theirs))
    told = f"a step of training by {name}, 64 - 3 x {width} - 10, batches of 16, 128, 512: the smallest"
    record_speed(told, "numpy by hand", min(ratios), "1")


def plain_vector_step(x, y, weights, biases, signs_of_gates):
    """One step of vector units by the global error vector as one would write it."""
    n, components = len(x), biases[0].shape[1]
    h, gates, a = [], [], (x @ weights[0].T).reshape(n, -1, components) + biases[0]
    for w, b, t in zip([*weights[1:-1], None], [*biases[1:-1], None], signs_of_gates, strict=True):
        gates.append((np.einsum("nik,ik->ni", a, t) > 0.0).astype(float))
        h.append(a * gates[-1][:, :, None])
        if w is not None:
            a = np.einsum("ij,njk->nik", w, h[-1], optimize=True) + b
    logits = np.einsum("ij,njk->nk", weights[-1], h[-1], optimize=True) + biases[-1]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1.0
    p /= len(y)
    along = [np.einsum("nk,njk->nj", p, one) for one in h]
    first = np.einsum("ni,nk,nm->ikm", gates[0], p, x, optimize=True).reshape(weights[0].shape[0], -1)
    return [first, *(g.T @ e for g, e in zip(gates[1:], along, strict=False)), along[-1].sum(axis=0)[None]]


@pytest.mark.parametrize("width", [64, 256])
def test_steps_of_vector_units(record_speed, width):
    rng = np.random.default_rng(0)
    network = dmft.LayeredNetwork([width] * 3, vector_units=10, nonnegative=True)
    units = drawn(network, 64, 10, rng)
    fed = feedback_of(dmft.GlobalErrorVector(), network, units, list, rng)
    x, y = rng.standard_normal((32, 64)), rng.integers(10, size=32)
    ours = step_of(units, fed, x, y)
    plain = [w if i else w.reshape(width * 10, 64) for i, w in enumerate(units.weights)]

    def theirs():
        return plain_vector_step(x, y, plain, units.biases, units.signs)

    for got, wanted in zip(ours()[0], theirs(), strict=True):  # the same work, before it is timed
        np.testing.assert_allclose(got.ravel(), wanted.ravel(), rtol=1e-9, atol=1e-13)
    told = f"a step of vector units by the global vector, 64 - 3 x {width} - 10, batch 32"
    record_speed(told, "numpy by hand", ratio_in_turns(ours, theirs), "1")
