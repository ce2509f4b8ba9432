"""Units stated by equations where they become what is known exactly, and phases that are trivial."""

import numpy as np
import pytest

import dmft

_FEW = dmft.Sampled(paths=256, seed=3)
_STATES = {2.0: dmft.RandomNetwork(2.0)}


def _solved(unit, random=2.0, **more):
    couplings = dmft.Couplings(random) if isinstance(random, dict) else dmft.Random(random)
    return dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=unit, **more), couplings), method=_FEW)


def _agrees(found, exact, stretch=1.0):
    """Whether a sampled state is a known one, its time stretched, within four errors, which are below 2 %."""
    at = [0, 5, 10, 25]
    for name in ("corr_x", "corr_phi"):
        values, errors = getattr(found, name)[at], getattr(found, f"{name}_error")[at]
        known = getattr(exact, f"{name}_at")(found.lags[at] / stretch)
        assert np.all(np.abs(values - known) <= 4.0 * errors)
        assert np.all(errors <= 0.02 * known[0])


@pytest.mark.long
def test_without_its_own_excitation_a_unit_is_leaky():
    _agrees(_solved(dmft.SelfCoupled(1e-12)), dmft.solve_stationary(_STATES[2.0]))


@pytest.mark.long
def test_without_division_a_unit_is_leaky():
    _agrees(_solved(dmft.DivisiveNorm(1e6)), dmft.solve_stationary(_STATES[2.0]))


@pytest.mark.long
def test_a_gate_half_open_runs_at_half_the_speed():
    found = _solved(dmft.Gated(0.0), {"u": dmft.Random(2.0), "v": dmft.Random(1.5)})
    _agrees(found, dmft.solve_stationary(_STATES[2.0]), stretch=2.0)


@pytest.mark.long
def test_linear_units_under_noise_are_filters():
    equations = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, c=1, ta=5)
    noise = dmft.OrnsteinUhlenbeck(1.0, 0.5)
    network = dmft.Network(dmft.Population(dynamics=equations, drive=noise), dmft.Random(1.5))
    _agrees(_solved(equations, 1.5, drive=noise), dmft.solve_stationary(network, rtol=1e-7))


def test_weak_couplings_leave_units_at_rest():
    for unit in (dmft.SelfCoupled(0.5), dmft.NonlinearAdaptation(2, 4), dmft.DivisiveNorm(1.0)):
        found = _solved(unit, 0.4)
        assert found.state == "quiescent"
        assert found.stable
        assert found.variance == 0.0
        assert found.convergence.converged


def test_rest_is_lost_where_a_turn_around_the_network_grows():
    from dmft.theories.stated_units import stated_units_of
    from dmft.theories.stationary.stated_units.rest import growth_at_rest

    def growth(unit, g):
        return growth_at_rest(stated_units_of(dmft.Network(dmft.Population(dynamics=unit), dmft.Random(g))))

    assert growth(dmft.SelfCoupled(0.5), 0.8) == pytest.approx((0.8 / 0.5) ** 2, rel=1e-9)  # 1/(1 - s + i w)
    assert growth(dmft.SelfCoupled(1.2), 0.1) == np.inf  # by itself it leaves zero: no rest, or none of it stable
    onset = 1.13911  # adaptation c = 1, ta = 5 (units.md, A2)
    assert growth(dmft.NonlinearAdaptation(1, 5), onset) == pytest.approx(1.0, rel=2e-4)


def test_frozen_units_have_no_window_that_is_long_enough():
    network = dmft.Network(dmft.Population(dynamics=dmft.SelfCoupled(3.0)), dmft.Random(0.1))
    found = dmft.solve_stationary(network, method=dmft.Sampled(paths=64), on_failure="ignore")
    assert not found.convergence.converged
