"""Filters about means where the answer is known: leaky units, linear networks, fixed points, shared oscillations."""

import numpy as np
import pytest
from scipy.optimize import brentq

import dmft

TANH, OFF = dmft.Tanh(), dmft.Symbolic("tanh(x - 0.5)")


def one(phi, dynamics=None, g=2.0, mean=None, **inputs):
    given = {} if dynamics is None else {"dynamics": dynamics}
    couplings = dmft.Random(g) if mean is None else dmft.Couplings(dmft.Random(g), dmft.Mean(mean))
    return dmft.Network(dmft.Population(phi, **given, **inputs), couplings)


def two(slow, *, noise=None):
    units = {
        "E": dmft.Population(dmft.Erf(), bias=0.3, fraction=0.4, threshold_variance=0.1),
        "I": dmft.Population(TANH, slow, bias=0.1, drive=noise),
    }
    means = dmft.Mean([[1.0, -2.0], [1.0, -1.5]])
    return dmft.Network(units, dmft.Couplings(dmft.Random([[2.0, 1.5], [1.8, 2.5]]), means))


LEAKY = [
    one(TANH, bias=0.3, threshold_variance=0.2, g=2.5, mean=0.5),
    one(OFF, g=2.5, mean=-1.5, drive=dmft.WhiteNoise(0.3)),
    one(TANH, bias=0.3, g=0.8, mean=0.5),
    one(TANH, g=1.5, mean=2.5),
    two(dmft.Leaky(0.6), noise=dmft.Constant(0.2)),
]


@pytest.mark.parametrize("network", LEAKY)
def test_leaky_units_are_those_of_the_other_method(network):
    expected = dmft.solve_stationary(network, method=dmft.Populations())
    found = dmft.solve_stationary(network, method=dmft.LinearUnits())
    assert (found.state, found.stable) == (expected.state, expected.stable)
    for name in ("variance", "static_variance", "mean_x", "mean_phi", "mean_slope", "mean_square_slope"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-9), name
    bound = found.convergence.error + expected.convergence.error
    assert np.max(np.abs(np.asarray(found.variance) / np.asarray(expected.variance) - 1.0)) <= bound
    lags = np.array([0.0, 0.13, 1.0, 4.4, 1e4])
    assert found.corr_x_at(lags) == pytest.approx(expected.corr_x_at(lags), abs=1e-8)
    assert found.corr_phi_at(lags) == pytest.approx(expected.corr_phi_at(lags), abs=1e-8)
    rate, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert abs(rate - other) <= rate.numerical_error + other.numerical_error
    assert other.numerical_error < 1e-5


def test_the_exponent_knows_what_is_frozen_beyond_the_window():
    """Under noise perturbations that are bound weakly reach further than the state: there <phi' phi'> is frozen."""
    noise, off = dmft.WhiteNoise(0.25), dmft.Symbolic("1/(1 + exp(-3*x))")
    network = one(off, g=0.5, mean=1.3, bias=-0.3, threshold_variance=0.4, drive=noise)
    rate, other = (
        dmft.lyapunov_exponent(dmft.solve_stationary(network, method=method))
        for method in (dmft.Populations(), dmft.LinearUnits())
    )
    assert abs(rate - other) <= rate.numerical_error + other.numerical_error < 1e-7


@pytest.mark.long
@pytest.mark.parametrize("of", ["phi", "x"])
@pytest.mark.parametrize("network", LEAKY[:2])
def test_pairs_of_leaky_units_with_frozen_fields(network, of):
    found = dmft.effective_dimension(dmft.solve_stationary(network, method=dmft.LinearUnits()), of)
    expected = dmft.effective_dimension(dmft.solve_stationary(network, method=dmft.Populations()), of)
    assert abs(found - expected) <= found.numerical_error + expected.numerical_error
    assert found == pytest.approx(float(expected), rel=1e-6)


def test_a_filter_that_leaks_is_a_leaky_unit():
    expected = dmft.solve_stationary(two(dmft.Leaky(4.0)))
    found = dmft.solve_stationary(two(dmft.Filter("1/(1+tau*s)", tau=4)))
    assert found.variance == pytest.approx(expected.variance, abs=1e-9)
    assert found.static_variance == pytest.approx(expected.static_variance, abs=1e-9)
    assert found.mean_x == pytest.approx(expected.mean_x, abs=1e-9)


@pytest.mark.parametrize("unit", [dmft.Adaptation(1, 5), dmft.Oscillator(1, 0.8), dmft.Filter("(1 - 0.4*s)/(1+s)**2")])
def test_linear_networks(unit):
    """m = H(0) (h + M m), F = H(0)^2 (g^2 (F + m^2) + s); what moves knows nothing of them."""
    g, mean, bias, spread = 0.5, -0.8, 0.7, 0.3
    noise = dmft.WhiteNoise(0.5)
    found = dmft.solve_stationary(one(dmft.Linear(), unit, g, mean, bias=bias, threshold_variance=spread, drive=noise))
    h = float(unit.transfer.at(0.0).real)
    m = h * bias / (1.0 - h * mean)
    frozen = h**2 * (g**2 * m**2 + spread) / (1.0 - h**2 * g**2)
    assert found.mean_x == pytest.approx(m, abs=1e-9)
    assert found.static_variance == pytest.approx(frozen, abs=1e-8)
    alone = dmft.solve_stationary(one(dmft.Linear(), unit, g, drive=noise))
    assert found.variance - found.static_variance == pytest.approx(alone.variance, abs=1e-8)


def test_fixed_points_are_those_of_leaky_units_alike():
    """At rest adaptation divides the input by 1 + c; it is lost where the resonance grows."""
    h = 0.5
    found = dmft.solve_stationary(one(TANH, dmft.Adaptation(1, 5), 1.0, 0.6, bias=0.4, threshold_variance=0.3))
    alike = dmft.solve_stationary(
        one(TANH, None, h * 1.0, h * 0.6, bias=h * 0.4, threshold_variance=h**2 * 0.3), method=dmft.Populations()
    )
    assert found.state == alike.state == "fixed point"
    assert found.mean_x == pytest.approx(alike.mean_x, abs=1e-12)
    assert found.variance == pytest.approx(alike.variance, abs=1e-12)


def test_onset_moves_with_the_fixed_point():
    network = one(TANH, dmft.Adaptation(1, 5), 1.0, bias=0.8)
    found = dmft.onset(network)
    assert found.factor > 1.05 * dmft.onset(one(TANH, dmft.Adaptation(1, 5), 1.0)).factor
    below, above = (
        dmft.solve_stationary(network.replace(**{"couplings.random.g": found.factor * (1.0 + e)}))
        for e in (-1e-4, 0.05)
    )
    assert (below.state, above.state) == ("fixed point", "chaotic")
    assert -1e-3 < dmft.lyapunov_exponent(below) < 0.0
    assert dmft.jacobian_spectrum(below).resonance == pytest.approx(2.0 * np.pi * found.frequency, abs=1e-3)


DELAY = 2.0


def _loop():
    """Frequency and size of the loop at which 1 = -size exp(-i w D)/(1 + i w)."""
    omega = brentq(lambda w: w * DELAY + np.arctan(w) - np.pi, 0.1, np.pi / DELAY)
    return omega, np.sqrt(1.0 + omega**2)


@pytest.mark.parametrize("noise", [dmft.OrnsteinUhlenbeck(0.5, 2.0), None])
def test_means_that_oscillate_together_are_unstable(noise):
    """Inhibition with a delay: with odd phi, means of 0 leave where |M| <phi'> passes the size of the loop."""
    unit, g = dmft.Leaky() * dmft.Delay(DELAY), 0.6 if noise else 1.8
    slope = dmft.solve_stationary(one(TANH, unit, g, drive=noise)).mean_slope
    critical = _loop()[1] / slope
    below = dmft.solve_stationary(one(TANH, unit, g, -0.97 * critical, drive=noise))
    assert below.stable
    assert below.mean_x == pytest.approx(0.0, abs=1e-12)
    above = dmft.solve_stationary(one(TANH, unit, g, -1.03 * critical, drive=noise), on_failure="ignore")
    assert above.convergence.status.name == "UNSTABLE"
    assert above.stable is False


def test_a_fixed_point_that_oscillates_is_none():
    unit = dmft.Leaky() * dmft.Delay(DELAY)
    still = dmft.solve_stationary(one(TANH, unit, 0.4, -1.0, bias=0.3))
    assert (still.state, still.stable) == ("fixed point", True)
    lost = dmft.solve_stationary(one(TANH, unit, 0.4, -3.0, bias=0.3), on_failure="ignore")
    assert lost.convergence.status.name == "UNSTABLE"
    assert "share" in lost.convergence.detail


@pytest.mark.parametrize("mean", [0.9, -0.9])
def test_the_exponent_of_a_fixed_point_is_that_of_what_all_share(mean):
    """phi linear: exactly 1 = M H(z)."""
    found = dmft.solve_stationary(one(dmft.Linear(), dmft.Adaptation(1, 5), 0.01, mean, bias=0.2))
    roots = np.roots([5.0, 6.0 - 5.0 * mean, 2.0 - mean])
    assert dmft.lyapunov_exponent(found) == pytest.approx(float(np.max(roots.real)), abs=1e-3 if mean < 0 else 1e-6)


def test_the_error_bounds_what_other_grids_say():
    network = one(OFF, dmft.Adaptation(1, 5), 2.5, 0.5, threshold_variance=0.2)
    found = dmft.solve_stationary(network)
    longer = dmft.solve_stationary(network, method=dmft.LinearUnits(window=1.7 * found.settings["window"]))
    assert abs(longer.variance / found.variance - 1.0) <= found.convergence.error + longer.convergence.error
    assert longer.mean_x == pytest.approx(found.mean_x, abs=1e-9)
    short = dmft.solve_stationary(network, method=dmft.LinearUnits(window=10.0), on_failure="ignore")
    assert short.convergence.status.name == "GRID_TOO_SHORT"


def test_files_and_neighbours(tmp_path):
    solution = dmft.solve_stationary(one(OFF, dmft.Adaptation(1, 5), 2.5))
    dmft.save(solution, tmp_path / "state.nc")
    again = dmft.load(tmp_path / "state.nc")
    assert again.corr_phi_at(1.3) == solution.corr_phi_at(1.3)
    assert again.corr_x_at(1e5) == pytest.approx(solution.static_variance + solution.mean_x**2, abs=1e-12)
    near = dmft.solve_stationary(one(OFF, dmft.Adaptation(1, 5), 2.6), init=solution)
    assert near.variance == pytest.approx(
        dmft.solve_stationary(one(OFF, dmft.Adaptation(1, 5), 2.6)).variance, rel=1e-9
    )


@pytest.mark.parametrize("inputs", [{}, {"drive": dmft.WhiteNoise(0.5)}])
@pytest.mark.parametrize(("g", "mean"), [(1.3, 0.0), (0.3, 3.0)])
def test_activity_that_grows_without_limit_has_no_state(inputs, g, mean):
    network = one(dmft.Linear(), dmft.Adaptation(1, 5), g, mean, bias=0.2, **inputs)
    with pytest.raises(dmft.NotConvergedError, match="no bounded solution"):
        dmft.solve_stationary(network)


def test_kinks_of_phi_and_of_noise_end_where_steps_no_longer_help():
    network = one(dmft.ReLU(), None, 0.8, bias=0.2, drive=dmft.WhiteNoise(0.5))
    expected = dmft.solve_stationary(network, method=dmft.Populations())
    found = dmft.solve_stationary(network, method=dmft.LinearUnits(), rtol=1e-6)
    assert found.convergence.converged
    assert abs(found.variance / expected.variance - 1.0) < found.convergence.error < 1e-5


def test_the_state_that_noise_keeps_low_where_large_activity_grows():
    """Rectified units beyond g = sqrt(2): large activity grows, small activity beneath the threshold does not."""
    network = one(dmft.ReLU(), dmft.Leaky(2.08), g=2.1, bias=-0.84, drive=dmft.WhiteNoise(0.33))
    expected = dmft.solve_stationary(network, method=dmft.Populations())
    found = dmft.solve_stationary(network, method=dmft.LinearUnits())
    assert (found.state, found.stable) == (expected.state, expected.stable) == ("driven, stable", True)
    assert found.variance == pytest.approx(expected.variance, rel=1e-8)


def test_means_that_leave_their_symmetry_slowly_arrive_far_from_it():
    """Adaptation halves what means come to, which grow fast at first: at a mean coupling of 3 two rates are real."""
    noise = dmft.OrnsteinUhlenbeck(0.3, 1.0)
    found = dmft.solve_stationary(one(TANH, dmft.Adaptation(1, 5), 0.8, 3.0, drive=noise))
    assert (found.state, found.stable) == ("driven, stable", True)
    assert abs(found.mean_x) == pytest.approx(1.5 * abs(found.mean_phi), rel=1e-9)
    assert abs(found.mean_x) > 1.0


@pytest.mark.parametrize("unit", [dmft.Leaky(), dmft.Oscillator(1, 0.5)])
def test_a_mean_at_which_phi_vanishes_is_a_fixed_point(unit):
    """bias 1/2 and tanh(x - 1/2) are rest, moved: nothing moves, and variances that decay for ever vanish."""
    found = dmft.solve_stationary(one(OFF, unit, 0.2, -0.3, bias=0.5), method=dmft.LinearUnits())
    assert found.state in ("fixed point", "quiescent")
    assert found.stable
    assert found.variance == pytest.approx(0.0, abs=1e-20)
    assert found.mean_x == pytest.approx(0.5, abs=1e-12)
