"""The convex programs of single neurons against other solvers, and against sets that can be solved by hand."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

import dmft
import validation
from validation.perceptrons.patterns import Drawn, draw, labels_of
from validation.perceptrons.programs import (
    largest_input_margin,
    largest_output_margin,
    least_squares,
    most_patterns,
    separable,
)

BINARY = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)
FREE = dmft.Perceptron()


def drawn_of(perceptron, size, count, seed):
    return draw(perceptron, size, count, np.random.default_rng(seed))


def by_distance(drawn):
    """kappa_in as the distance of the origin from a convex set, by non-negative least squares: no QP solver.

    max over |w| <= 1 in the cone of min y (w.x - theta), theta >= 0, is the least |sum m_mu y_mu x_mu + e| over
    probabilities m with sum m y >= 0 and e along the signs: solved with a large weight on sum m = 1.
    """
    heavy = 1e4
    rows, n = drawn.y[:, None] * drawn.first, drawn.x.shape[1]
    slack = np.zeros((n, 0)) if np.all(drawn.signs == 0) else np.eye(n)
    top = np.hstack([rows.T, slack, np.zeros((n, 1))])
    one = heavy * np.hstack([np.ones(len(rows)), np.zeros(slack.shape[1] + 1)])
    bias = heavy * np.hstack([drawn.y, np.zeros(slack.shape[1]), [-1.0]])
    _, distance = nnls(np.vstack([top, one, bias]), np.concatenate([np.zeros(n), [heavy, 0.0]]), maxiter=10000)
    return distance


@pytest.mark.parametrize("perceptron", [BINARY, FREE, dmft.Perceptron(excitatory=0.3, inputs="gamma")])
@pytest.mark.parametrize("seed", range(3))
def test_input_margin_is_a_distance(perceptron, seed):
    drawn = drawn_of(perceptron, 40, 12, seed)
    margin, w, theta = largest_input_margin(drawn)
    assert margin == pytest.approx(by_distance(drawn), rel=2e-4)  # of the heavy weight
    assert np.min(drawn.y * (drawn.x @ w - theta)) / np.linalg.norm(w) == pytest.approx(margin, rel=1e-6)
    assert np.all(w * drawn.signs >= 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_output_margin_against_sequential_quadratic_programs(seed):
    drawn = drawn_of(BINARY, 12, 4, seed)
    margin, w = largest_output_margin(drawn, 1.5)
    assert np.linalg.norm(w) <= 1.5 * (1 + 1e-12)
    assert np.all(w * drawn.signs >= 0.0)
    n = len(w)
    held = [
        {"type": "ineq", "fun": lambda z: drawn.y * (drawn.first @ z[:n] - 1.0) - z[n]},
        {"type": "ineq", "fun": lambda z: 1.5**2 - z[:n] @ z[:n]},
    ]
    found = minimize(
        lambda z: -z[n],
        np.append(np.full(n, 0.1), -1.0),
        method="SLSQP",
        constraints=held,
        bounds=[(0, None)] * n + [(None, None)],
        options={"maxiter": 2000, "ftol": 1e-13},
    )
    assert margin == pytest.approx(-found.fun, abs=1e-6)


def test_one_pattern_by_hand():
    """w.x - 1 for one pattern labelled +1 is largest along x's excitatory part: Gamma |x_E| - 1."""
    signs = np.array([1.0, 1.0, -1.0])
    drawn = Drawn(np.array([[3.0, 4.0, 2.0]]), np.array([1.0]), signs)
    margin, w = largest_output_margin(drawn, 0.7)
    assert margin == pytest.approx(0.7 * 5.0 - 1.0, abs=1e-7)
    assert w == pytest.approx([0.42, 0.56, 0.0], abs=1e-5)  # the margin is flat there
    assert largest_input_margin(drawn)[0] == pytest.approx(5.0, rel=1e-7)  # no threshold
    below = Drawn(drawn.x, -drawn.y, signs)
    assert largest_output_margin(below, 0.7)[0] == pytest.approx(1.0 + 0.7 * 2.0, abs=1e-7)
    nothing = Drawn(drawn.x, drawn.y, -np.ones(3))  # inhibition alone never says +1
    assert not separable(nothing)
    assert math.isnan(largest_input_margin(nothing)[0])
    assert largest_output_margin(nothing, 0.7)[0] == pytest.approx(-1.0, abs=1e-7)


def test_separation_agrees_with_margins_around_capacity():
    for seed in range(12):
        drawn = drawn_of(dmft.Perceptron(excitatory=0.6), 30, 30, seed)
        assert separable(drawn) == math.isfinite(largest_input_margin(drawn)[0])
        most = most_patterns(drawn_of(dmft.Perceptron(excitatory=0.6), 30, 90, seed))
        whole = drawn_of(dmft.Perceptron(excitatory=0.6), 30, 90, seed)
        assert separable(whole.until(most))
        assert not separable(whole.until(most + 1))


@pytest.mark.parametrize("positive", [0.5, 0.1, 0.037, 0.9])
def test_labels_are_exact_in_number(positive):
    labels = labels_of(positive, 400)
    for count in (1, 7, 100, 399):
        assert np.sum(labels[:count] > 0) == math.floor(positive * count + 0.5)


@pytest.mark.parametrize("inputs", ["gaussian", "gamma", "binary"])
def test_inputs_have_their_moments(inputs):
    perceptron = BINARY if inputs == "binary" else BINARY.replace(inputs=inputs)
    x = drawn_of(perceptron, 200, 2000, 0).x
    for part, mean, sd in (
        (x[:, :160], *(v[0] for v in (perceptron.means, perceptron.sd))),
        (x[:, 160:], *(v[1] for v in (perceptron.means, perceptron.sd))),
    ):
        assert np.mean(part) == pytest.approx(mean, abs=5 * sd / math.sqrt(part.size))
        assert np.var(part) == pytest.approx(sd**2, rel=0.05)
    if inputs != "gaussian":
        assert x.min() >= 0.0


@pytest.mark.parametrize(("limits", "ridge"), [(None, 0.0), (None, 0.3), ((0.1, 0.8), 0.0), ((0.1, 0.8), 0.2)])
def test_least_squares_meet_their_conditions(limits, ridge):
    """The gradient of |y - Xw - b|^2 + ridge N |w|^2 is zero inside, and pushes outward at the bounds."""
    drawn = drawn_of(dmft.Perceptron(excitatory=0.5), 30, 45, 3)
    target = np.random.default_rng(4).standard_normal(45)
    w, residuals = least_squares(drawn, target, limits, ridge)
    assert abs(residuals.sum()) < 1e-9
    v = w * drawn.signs
    gradient = -2.0 * drawn.first.T @ residuals + 2.0 * ridge * 30 * v
    low, high = (0.0, math.inf) if limits is None else (b / math.sqrt(30) for b in limits)
    inside = (v > low + 1e-9) & (v < high - 1e-9)
    assert np.any(inside)
    assert np.max(np.abs(gradient[inside])) < 1e-7
    assert np.all(gradient[v <= low + 1e-9] > -1e-7)
    assert np.all(gradient[v >= high - 1e-9] < 1e-7)


@pytest.mark.parametrize("perceptron", [FREE, dmft.Perceptron(excitatory=0.8), dmft.Perceptron(excitatory=0.8, cv=0.1)])
@pytest.mark.parametrize("sd", [1e-6, 1e4])
def test_margins_are_proportional_to_the_inputs(perceptron, sd):
    """Weights are in units of the threshold over that of an input: a norm_bound is divided by the inputs' unit."""
    one, other = drawn_of(perceptron, 40, 20, 3), drawn_of(perceptron.replace(sd=sd), 40, 20, 3)
    assert other.x == pytest.approx(sd * one.x, rel=1e-12)
    margin, w, theta = largest_input_margin(one)
    scaled, w_scaled, theta_scaled = largest_input_margin(other)
    assert scaled / sd == pytest.approx(margin, rel=1e-7)
    assert w_scaled == pytest.approx(w, rel=1e-6, abs=1e-6 * np.max(np.abs(w)))
    assert theta_scaled / sd == pytest.approx(theta, rel=1e-5, abs=1e-5)
    assert largest_output_margin(other, 1.5 / sd)[0] == pytest.approx(largest_output_margin(one, 1.5)[0], rel=1e-6)
    large = largest_output_margin(other, 1.5e8 / sd)  # the threshold is nothing beside the fields
    assert large[0] == pytest.approx(largest_output_margin(one, 1.5e8)[0], rel=1e-6)


def test_where_nothing_is_stored_there_are_no_silent_weights():
    simulation = validation.simulate(
        dmft.Perceptron(excitatory=0.5), 20, load=3.0, measure="input_margin", n_realizations=2, seed=1
    )
    for name in simulation.variables:
        assert np.all(np.isnan(simulation.values(name, 20))), name


def test_without_a_positive_label_the_threshold_alone_is_right():
    few = dmft.Perceptron(excitatory=0.5, positive=0.1)  # of two patterns round(0.2) are positive
    found = validation.simulate(few, 20, load=0.1, measure=("input_margin", "separable"), n_realizations=2, seed=1)
    assert np.all(found.values("input_margin", 20) == math.inf)
    assert np.all(found.values("input_norm", 20) == 0.0)
    assert np.all(found.values("separable", 20) == 1.0)
    with pytest.raises(ValueError, match="nothing is left to compare"):
        validation.compare(dmft.solve_robustness(few, 0.1), found)


@pytest.mark.parametrize("activity", [1e-6, 0.2])
def test_inputs_that_are_never_there_leave_no_weights(activity):
    silent = dmft.Perceptron.binary(0.5, activity)
    # one pattern, for a neuron that should be silent, or that cannot be anything else
    found = validation.simulate(
        silent, 4, load=0.5, measure=("input_margin", "output_margin"), n_realizations=4, seed=3
    )
    margins, norms = found.values("output_margin", 4), found.values("output_norm", 4)
    assert np.all((norms == 0.0) == (np.abs(margins + 1.0) < 1e-6))
    if activity < 1e-3:
        assert np.all(norms == 0.0)
        assert np.all(np.isnan(found.values("output_imbalance", 4)))
        assert np.all(np.isnan(found.values("input_margin", 4)))
