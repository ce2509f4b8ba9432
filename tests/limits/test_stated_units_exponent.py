"""The exponent of sampled units where it is known: linear units, by the tangent process."""

import ast

import numpy as np
import pytest

import dmft
from dmft.models.expressions.several import value
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.tangent import tangent_parts

ADAPTATION = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, c=1, ta=5)


@pytest.mark.long
@pytest.mark.parametrize("unit", [dmft.Dynamics("-x + h"), ADAPTATION])
def test_linear_units(unit):
    network = dmft.Network(dmft.Population(dynamics=unit), dmft.Random(2.0))
    exact = dmft.lyapunov_exponent(dmft.solve_stationary(network))
    found = dmft.lyapunov_exponent(dmft.solve_stationary(network, method=dmft.Sampled(paths=64)), paths=256)
    assert abs(found - exact) < 4.0 * found.standard_error + found.numerical_error
    assert found.standard_error + found.numerical_error < 0.3 * exact


@pytest.mark.long
def test_linear_units_in_white_noise():
    """A unit hears one process more than it has fields."""

    def solution(unit, **settings):
        population = dmft.Population(dynamics=unit, drive=dmft.WhiteNoise(0.5))
        return dmft.solve_stationary(dmft.Network(population, dmft.Random(2.0)), **settings)

    exact = dmft.lyapunov_exponent(solution(dmft.Leaky(1.0)))
    found = dmft.lyapunov_exponent(solution(dmft.Dynamics("-x + h"), method=dmft.Sampled(paths=64)), paths=128)
    assert abs(found - exact) < 4.0 * found.standard_error + found.numerical_error
    assert found.standard_error + found.numerical_error < 0.25 * exact


def test_the_tangent_unit_is_a_difference_of_units():
    gate = dmft.Network(
        dmft.Population(dynamics=dmft.Gated(2.0)), dmft.Couplings({"u": dmft.Random(2.0), "v": dmft.Random(1.5)})
    )
    (site,) = stated_units_of(gate).sites
    states, fields, flow, sent = tangent_parts(site)
    assert len(states) == 4
    assert len(fields) == 4
    rng = np.random.default_rng(2)
    here = {name: rng.standard_normal() for name in (*states, *fields)} | {"a": 2.0, "rateofgrowth": 0.3}
    size = 1e-6
    moved = [
        {**here, **{name: here[name] + sign * size * here[name + "tangent"] for name in ("x", "z", "u", "v")}}
        for sign in (1.0, -1.0)
    ]
    for k in range(2):
        slope = (value(flow[k], moved[0]) - value(flow[k], moved[1])) / (2 * size)
        assert value(flow[2 + k], here) == pytest.approx(slope - 0.3 * here[states[2 + k]], rel=1e-8)
    output = ast.parse("tanh(x)", mode="eval").body
    slope = (value(output, moved[0]) - value(output, moved[1])) / (2 * size)
    assert value(sent[0], here) == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize("g", [0.3, 0.6])
def test_perturbations_that_fill_the_window(g):
    """Weak noise leaves slopes nearly constant: perturbations hardly decay, and the window holds them to a rate lower
    by .4-.7 %, which its error did not contain once."""
    drive = dmft.OrnsteinUhlenbeck(1e-3, 1.0)
    exact = dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(g, drive=drive)))
    network = dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x + h"), drive=drive), dmft.Random(g))
    state = dmft.solve_stationary(network, method=dmft.Sampled(64, 1))
    found = dmft.lyapunov_exponent(state, paths=64, seed=2)
    assert found.error < 0.03
    # half of what the window takes off, which is half of the error: with the other sign or without it, it is more
    assert abs(found - exact) < 0.25 * found.error
