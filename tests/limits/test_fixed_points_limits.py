"""Fixed points of plastic networks where they are known in closed form."""

import math

import numpy as np
import pytest

from dmft import PlasticNetwork, Symbolic
from dmft.theories.fixed_points import coexistence_threshold, fixed_points


def test_strong_plasticity_makes_every_pattern_of_signs_a_fixed_point():
    result = fixed_points(PlasticNetwork(g=0.8, k=8.0, p=2.5))
    assert result.complexity == pytest.approx(math.log(2), abs=1e-6)
    assert result.q == pytest.approx(1.0, abs=1e-4)
    assert result.bulk < 0.1
    assert result.state == "stable fixed points"


@pytest.mark.long
def test_threshold_without_random_couplings():
    """k_c(g -> 0) = 2.01700, and how random couplings lower it.

    Without them x = k q tanh x with q = tanh^2 x ends in the saddle-node sinh 2x = 6x: k = x / tanh^3 x. Weak ones are
    fields h = g sqrt(q) z on states s = +-1. Fixed points whose fields help by m = <s z> have the annealed entropy
    log 2 - m^2/2 (log E_z sum_s exp(a s z) = log 2 + a^2/2), so m reaches sqrt(2 log 2), and x = k q tanh x + g sqrt(q)
    m ends at k = k_c(0) - g sqrt(2 log 2)/q to first order.
    """
    from scipy.optimize import brentq

    x = brentq(lambda x: math.sinh(2 * x) - 6 * x, 1.0, 3.0)
    exact, q = x / math.tanh(x) ** 3, math.tanh(x) ** 2
    assert exact == pytest.approx(2.01700, abs=1e-5)
    gains = (0.02, 0.04, 0.08)
    thresholds = [coexistence_threshold(PlasticNetwork(g=g, k=1.0, p=2.5), tol=1e-5) for g in gains]
    _, slope, limit = np.polyfit(gains, thresholds, 2)
    assert limit == pytest.approx(exact, abs=1e-3)
    # the cubic term that the parabola leaves out is about 1 % here
    assert slope == pytest.approx(-math.sqrt(2.0 * math.log(2.0)) / q, rel=0.02)


def test_very_weak_random_couplings():
    # the fields are narrower than the distance of two nodes would be
    threshold = 2.01700 - 1.4883 * 0.01
    below, above = (fixed_points(PlasticNetwork(g=0.01, k=threshold + d, p=2.5)).complexity for d in (-2e-3, 2e-3))
    assert below <= 0 < above


def test_without_plasticity_there_are_none():
    for g in (0.5, 2.0):
        result = fixed_points(PlasticNetwork(g=g, k=0.0, p=2.5))
        assert result.complexity <= 0
        assert result.state == "no stable fixed points"


def test_marginal_ones_have_their_bulk_at_the_origin():
    result = fixed_points(PlasticNetwork(g=2.0, k=2.0, p=2.5))
    assert result.bulk == pytest.approx(1.0, abs=1e-6)
    assert float(result.bulk_function(0.0)) == pytest.approx(1.0, abs=1e-6)
    assert float(result.bulk_function(0.5)) < 1 < float(result.bulk_function(-0.05))
    assert result.order_parameter_mode < 1


def test_synaptic_time_constant_does_not_enter_the_count():
    one, other = (fixed_points(PlasticNetwork(g=1.5, k=2.0, p=p)) for p in (0.5, 20.0))
    assert one.complexity == other.complexity
    assert np.array_equal(one.weights, other.weights)


@pytest.mark.parametrize(("g", "k"), [(1e-3, 3.0), (2.0, 1e3)])
def test_no_more_fixed_points_than_patterns_of_signs(g, k):
    """Narrow fields, strong feedback: log 2 is the most there is, and reached where all branches are alive."""
    result = fixed_points(PlasticNetwork(g=g, k=k, p=2.5))
    assert result.complexity == pytest.approx(math.log(2), abs=1e-6)
    assert result.convergence.error < 1e-6


@pytest.mark.parametrize(
    ("source", "message"),
    [("Max(-1, Min(1, x))", "without kinks"), ("Max(-1, Min(1, 1e4*x))", "without kinks"), ("tanh(1e6*x)", "at most")],
)
def test_states_beyond_a_kink_or_lost_in_rounding_are_refused(source, message):
    """A clipped line at k = 8 has all patterns of signs as fixed points too: none of them was counted."""
    with pytest.raises(ValueError, match=message):
        fixed_points(PlasticNetwork(0.8, 8.0, 2.5, Symbolic(source)))
