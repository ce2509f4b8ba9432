"""Fixed points of plastic networks where they are known in closed form."""

import math

import numpy as np
import pytest

from dmft import PlasticNetwork
from dmft.theories.fixed_points import coexistence_threshold, fixed_points


def test_strong_plasticity_makes_every_pattern_of_signs_a_fixed_point():
    result = fixed_points(PlasticNetwork(g=0.8, k=8.0, p=2.5))
    assert result.complexity == pytest.approx(math.log(2), abs=1e-6)
    assert result.q == pytest.approx(1.0, abs=1e-4)
    assert result.bulk < 0.1
    assert result.phase == "stable fixed points"


def test_threshold_without_random_couplings():
    # x = k q tanh x with q = tanh^2 x ends in the saddle-node sinh 2x = 6x: k = x / tanh^3 x
    from scipy.optimize import brentq

    x = brentq(lambda x: math.sinh(2 * x) - 6 * x, 1.0, 3.0)
    exact = x / math.tanh(x) ** 3
    assert exact == pytest.approx(2.01700, abs=1e-5)
    thresholds = [coexistence_threshold(PlasticNetwork(g=g, k=1.0, p=2.5), tol=1e-3) for g in (0.08, 0.04)]
    # random couplings lower it by an amount proportional to g; extrapolate linearly
    assert thresholds[0] < thresholds[1] < exact
    assert 2 * thresholds[1] - thresholds[0] == pytest.approx(exact, abs=0.02)


def test_without_plasticity_there_are_none():
    for g in (0.5, 2.0):
        result = fixed_points(PlasticNetwork(g=g, k=0.0, p=2.5))
        assert result.complexity <= 0
        assert result.phase == "no stable fixed points"


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
