"""Margins where they are known: against capacity, at its edges, in the order of their loads, and by noise alone."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

import dmft

REFERENCE = dmft.Perceptron(excitatory=0.8, cv=(2**0.5, 1.0), sd=(1.0, 2.0), positive=0.1)
BINARY = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)


@pytest.mark.parametrize(
    "perceptron", [REFERENCE, BINARY, dmft.Perceptron(), dmft.Perceptron(excitatory=0.2, sd=(3, 1))]
)
@pytest.mark.parametrize("margin", [0.01, 0.3, 2.0])
def test_input_margin_and_capacity_are_inverse(perceptron, margin):
    load = dmft.solve_capacity(perceptron, margin=margin).capacity
    assert dmft.solve_robustness(perceptron, load).margin == pytest.approx(margin, rel=1e-11)


def test_without_signs_the_margin_is_gardners():
    for kappa in (0.2, 1.0):
        load = 1.0 / ((1 + kappa**2) * ndtr(kappa) + kappa * math.exp(-0.5 * kappa**2) / math.sqrt(2 * math.pi))
        solved = dmft.solve_robustness(dmft.Perceptron(sd=3.0), load)
        assert solved.margin == pytest.approx(3.0 * kappa, rel=1e-12)


def test_output_margin_of_balanced_weights_is_the_norm_times_their_input_margin():
    solved = dmft.solve_robustness(REFERENCE.replace(norm_bound=2.5), 0.5, to="output")
    assert solved.state == "balanced"
    assert solved.weight_norm == 2.5
    assert solved.margin == pytest.approx(2.5 * solved.input_margin, rel=1e-14)
    load = dmft.solve_capacity(REFERENCE, margin=solved.input_margin).balanced_capacity
    assert load == pytest.approx(0.5, rel=1e-12)


def test_the_jump_at_the_balanced_capacity():
    """kappa_out ~ 1 below; above, kappa_0 begins at C'(0)/(alpha_b J*'(0)), 0.713 in units of CV_E, and ends at 0."""
    solved = dmft.solve_capacity(REFERENCE)
    edge, top = solved.balanced_capacity, solved.capacity
    below = dmft.solve_robustness(REFERENCE, edge * (1 - 1e-6), to="output")
    above = dmft.solve_robustness(REFERENCE, edge * (1 + 1e-12), to="output")
    assert 0.0 < below.margin < 1e-5
    assert math.isnan(below.scaled_margin)
    assert (above.margin, above.weight_norm, above.state) == (0.0, 0.0, "unbalanced")
    free = dmft.Perceptron(positive=0.1)  # J* = 1/capacity of free weights
    demand = [1.0 / dmft.solve_capacity(free, margin=k).capacity for k in (0.0, 1e-6, 2e-6)]
    slope = (4.0 * demand[1] - 3.0 * demand[0] - demand[2]) / 2e-6
    offered = 2.0 * math.sqrt(edge * demand[0]) * below.multiplier  # dC/dth at th = 0
    assert above.scaled_margin == pytest.approx(offered / (edge * slope), rel=1e-5)
    assert above.scaled_margin / 2**0.5 == pytest.approx(0.713, abs=5e-4)
    assert dmft.solve_robustness(REFERENCE, top * (1 - 1e-9), to="output").scaled_margin < 1e-6


@pytest.mark.parametrize("to", ["input", "output"])
@pytest.mark.parametrize("size", [None, 60, 1000])
def test_margins_fall_with_the_load_and_rise_with_the_bound(to, size):
    loads = np.linspace(0.05, 1.6, 12)
    margins = [dmft.solve_robustness(REFERENCE, a, to=to, size=size).margin for a in loads]
    assert np.all(np.diff(margins) < 0)
    loose = [dmft.solve_robustness(REFERENCE.replace(norm_bound=3.0), a, to=to, size=size).margin for a in loads]
    assert np.all(np.array(loose) >= np.array(margins) * (1 - 1e-12))


@pytest.mark.parametrize("load", [0.2, 1.0, 1.6])
@pytest.mark.parametrize("size", [None, 100])
def test_each_is_best_at_what_it_is_made_for(load, size):
    inward = dmft.solve_robustness(REFERENCE, load, size=size)
    outward = dmft.solve_robustness(REFERENCE, load, to="output", size=size)
    assert inward.input_margin >= outward.input_margin * (1 - 1e-12)
    if size is not None and inward.weight_norm <= 1.0:
        assert outward.output_margin >= inward.output_margin


@pytest.mark.parametrize("load", [0.3, 1.2, 1.85])
def test_large_sizes_are_the_limit(load):
    for to in ("input", "output"):
        limit = dmft.solve_robustness(REFERENCE, load, to=to)
        at_size = dmft.solve_robustness(REFERENCE, load, to=to, size=10**13)
        assert at_size.state == limit.state
        if limit.state == "unbalanced":
            assert at_size.scaled_margin == pytest.approx(limit.scaled_margin, rel=1e-4)
            assert at_size.scaled_weight_norm == pytest.approx(limit.scaled_weight_norm, rel=1e-4)
            assert at_size.imbalance == pytest.approx(limit.imbalance, rel=1e-4)
        else:
            assert at_size.margin == pytest.approx(limit.margin, rel=1e-4)
            assert abs(at_size.imbalance) < 1e-4


def test_the_example_of_120_inputs():
    assert dmft.solve_robustness(BINARY, 0.25, to="output").margin == pytest.approx(0.273, abs=5e-4)
    assert dmft.solve_robustness(BINARY, 0.25, to="output", size=120).margin == pytest.approx(0.467, abs=5e-4)


def test_beyond_capacity_is_an_answer():
    top = dmft.solve_capacity(REFERENCE).capacity
    for size in (None, 100):
        solved = dmft.solve_robustness(REFERENCE, 1.05 * top, to="output", size=size)
        assert solved.convergence.status is dmft.Status.NO_SOLUTION
        assert math.isnan(solved.margin)
        assert "capacity" in solved.convergence.message
        assert math.isnan(solved.error_rate(0.1, 0.1))
    with pytest.raises(dmft.NotConvergedError, match="below the capacity"):
        dmft.solve_robustness(REFERENCE, 3.0, on_failure="raise")
    inhibitory = dmft.solve_robustness(dmft.Perceptron(excitatory=0.0), 0.01)
    assert inhibitory.convergence.status is dmft.Status.NO_SOLUTION


@pytest.mark.parametrize("size", [None, 100])
@pytest.mark.parametrize("to", ["input", "output"])
@pytest.mark.parametrize("fraction", [0.2, 0.8, 1.0])
def test_beyond_capacity_the_weights_are_those_just_below_it(fraction, to, size):
    neuron = REFERENCE.replace(excitatory=fraction, norm_bound=50.0)
    top = dmft.solve_capacity(neuron, size=size).capacity
    below, beyond = (dmft.solve_robustness(neuron, part * top, to=to, size=size) for part in (1.0 - 1e-7, 1.5))
    assert below.convergence.status is dmft.Status.CONVERGED or to == "output"  # at a size no norm may be enough
    assert beyond.convergence.status is dmft.Status.NO_SOLUTION
    assert beyond.state == "none"
    for name in ("margin", "scaled_margin", "input_margin", "output_margin"):
        assert math.isnan(getattr(beyond, name))
    if below.convergence.converged:
        for name in ("weight_norm", "scaled_weight_norm", "imbalance", "silent", "multiplier", "widths"):
            expected = getattr(below, name)
            assert np.asarray(getattr(beyond, name)) == pytest.approx(
                np.asarray(expected), rel=1e-4, abs=1e-5, nan_ok=True
            )
    assert np.isfinite([beyond.imbalance, beyond.silent[0], beyond.multiplier]).all()


def test_error_rates_are_the_tail_at_the_margin():
    solved = dmft.solve_robustness(BINARY, 0.25, to="output", size=120)
    assert solved.error_rate() == 0.0
    for s_in, s_out in ((0.2, 0.0), (0.0, 0.3), (0.2, 0.3)):
        noise = math.hypot(s_out, solved.weight_norm * s_in)
        assert solved.error_rate(s_in, s_out) == pytest.approx(ndtr(-solved.output_margin / noise), rel=1e-12)
    limit = dmft.solve_robustness(BINARY, 0.9, to="output")  # margin and norm vanish together
    assert limit.error_rate(output_noise=0.1) == 0.5
    assert limit.error_rate(0.1) == pytest.approx(ndtr(-limit.input_margin / 0.1), rel=1e-12)


@pytest.mark.parametrize("fraction", [1.0 - 1e-7, 1.0])
def test_one_sign_is_the_limit_of_nearly_one(fraction):
    for to in ("input", "output"):
        near = dmft.solve_robustness(dmft.Perceptron(excitatory=1.0 - 1e-5), 0.5, to=to)
        solved = dmft.solve_robustness(dmft.Perceptron(excitatory=fraction), 0.5, to=to)
        assert solved.convergence.converged
        assert solved.scaled_margin == pytest.approx(near.scaled_margin, rel=1e-2)
        assert solved.imbalance == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("fraction", [0.6, 0.7, 0.8, 0.9])
def test_the_margin_at_the_balanced_capacity_itself_is_the_limit_from_above(fraction):
    """Differences from the limit go as the root of the distance."""
    perceptron = dmft.Perceptron(excitatory=fraction)
    edge = dmft.solve_capacity(perceptron).balanced_capacity
    above = dmft.solve_robustness(perceptron, edge * (1 + 1e-10), to="output").scaled_margin
    far = dmft.solve_robustness(perceptron, edge * (1 + 4e-10), to="output").scaled_margin
    for load in (edge, np.nextafter(edge, 9.0), edge * (1 + 5e-15), edge * (1 + 3e-14)):
        solved = dmft.solve_robustness(perceptron, load, to="output")
        assert solved.convergence.converged
        assert solved.state == "unbalanced"
        expected = 2.0 * above - far - (above - far) * math.sqrt(max(load / edge - 1.0, 0.0) / 1e-10)
        allowed = 1e-8 + (solved.convergence.error if load > edge else 0.0)
        assert solved.scaled_margin == pytest.approx(expected, rel=allowed)
    at_size = [dmft.solve_robustness(perceptron, load, to="output", size=100) for load in (edge, edge * (1 + 1e-9))]
    assert at_size[0].margin == pytest.approx(at_size[1].margin, rel=1e-7)


@pytest.mark.parametrize("size", [None, 40])
@pytest.mark.parametrize("to", ["input", "output"])
@pytest.mark.parametrize("perceptron", [dmft.Perceptron(excitatory=0.2, positive=0.3), dmft.Perceptron(excitatory=0.8)])
def test_a_margin_lost_in_rounding_is_none(perceptron, to, size):
    top = dmft.solve_capacity(perceptron, size=size).capacity
    for load in (np.nextafter(top, 0.0), top * (1 - 1e-15)):
        solved = dmft.solve_robustness(perceptron, load, to=to, size=size)
        assert solved.convergence.status in (dmft.Status.UNRESOLVED, dmft.Status.NO_SOLUTION)
    if size is None:
        assert dmft.solve_robustness(perceptron, top * (1 - 1e-6), to=to).convergence.converged


@pytest.mark.parametrize("fraction", [0.3, 0.5, 0.6])
def test_at_a_size_every_load_below_capacity_ends(fraction):
    """Natural neurons at which the solver of the equations stopped short."""
    perceptron = dmft.Perceptron(excitatory=fraction)
    for load in (0.3, 0.5, 0.7, 0.85):
        for size in (20, 40, 80, 150):
            solved = dmft.solve_robustness(perceptron, load, to="output", size=size)
            assert solved.convergence.status in (dmft.Status.CONVERGED, dmft.Status.NO_SOLUTION)
    exact = dmft.solve_robustness(dmft.Perceptron(excitatory=0.5), 0.7, to="output", size=40)
    assert exact.margin == pytest.approx(0.2000069, abs=1e-7)


def test_the_balanced_capacity_is_the_edge_for_any_inputs():
    """Neurons with inputs drawn at random, where one formula of rounding or another puts the load below."""
    rng, seen = np.random.default_rng(5), 0
    for _ in range(150):
        fraction, positive = rng.uniform(0.5, 0.95), rng.uniform(0.05, 0.95)
        perceptron = dmft.Perceptron(excitatory=fraction, cv=tuple(rng.uniform(0.3, 2.0, 2)), positive=positive)
        top = dmft.solve_capacity(perceptron)
        if top.balanced_capacity > 0.98 * top.capacity:
            continue
        at, above = (
            dmft.solve_robustness(perceptron, top.balanced_capacity * (1 + d), to="output") for d in (0, 1e-10)
        )
        assert at.convergence.converged
        assert at.state == "unbalanced"
        assert at.scaled_margin == pytest.approx(above.scaled_margin, rel=1e-3)
        assert at.scaled_margin > above.scaled_margin
        seen += 1
    assert seen > 60
