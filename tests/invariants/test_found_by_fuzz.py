"""Kinds of faults that random statements found: each against a limit, a march or the same network said otherwise."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian import averages, averages_within
from dmft.numerics.gaussian.graded import GradedAverages


def test_a_saturating_phi_that_is_not_odd_balances():
    """Newton's method for the mean went to and fro between saturated values, and the state was said not to exist.

    By symmetry of 1 + tanh the mean is 0 where <phi> = I0/J0 = 1; the variance is then that of a `RandomNetwork`.
    """
    network = dmft.BalancedNetwork(2.0, 1000, nonlinearity=dmft.Symbolic("1 + tanh(5*x)"))
    solution = dmft.solve_stationary(network, rtol=1e-6)
    assert solution.state == "chaotic"
    assert abs(solution.mean_x) < 1e-10
    other = dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Symbolic("1 + tanh(5*x)")))
    assert solution.variance == pytest.approx(other.variance, rel=1e-6)
    assert solution.variance < 0.99 * 7.7715  # the fixed point beside it


@pytest.mark.parametrize("above", [1e-5, 1e-7])
def test_just_above_the_onset_there_is_a_state(above):
    """The tension x + sqrt(K) J0 <relu(x + z)> is 12.6 there: NO_SOLUTION would be wrong. Noise makes it easy."""
    network = dmft.BalancedNetwork(math.sqrt(2.0) + above, 1000)
    without = dmft.solve_stationary(network, on_failure="ignore")
    assert without.convergence.status.name not in ("NO_SOLUTION",)
    noisy = dmft.solve_stationary(network.replace(drive=dmft.WhiteNoise(1e-3)))
    at_onset = dmft.solve_stationary(dmft.BalancedNetwork(math.sqrt(2.0), 1000))
    assert noisy.variance == pytest.approx(at_onset.variance, rel=1e-3)


def test_rtol_reaches_the_balanced_theory():
    network = dmft.BalancedNetwork(2.0, 1000)
    for refused in (0.0, -1.0, math.inf, 1e-19):
        with pytest.raises(ValueError, match="rtol"):
            dmft.solve_stationary(network, rtol=refused)
    assert dmft.solve_stationary(network, rtol=1e-11).convergence.residual <= 1e-11


def test_exponent_of_a_network_that_noise_does_not_wake():
    """phi is constant where x is: every unit forgets with its own time constant, L = -1, and its error is finite."""
    network = dmft.RandomNetwork(4.187, dmft.Symbolic("-Max(0, Min(1, 1.01*x - 0.256))"), dmft.WhiteNoise(1e-6))
    exponent = dmft.lyapunov_exponent(dmft.solve_stationary(network))
    assert abs(float(exponent) + 1.0) <= exponent.error  # rounding of slopes that are all but zero is the processor's
    assert exponent.error < 1e-5


@pytest.mark.long
def test_a_locked_state_of_little_variance():
    """The iteration passes through variances below 0; the march has the same state."""
    network = dmft.RandomNetwork(1.651, dmft.Symbolic("tanh(0.369*x)"), dmft.Sinusoid(0.0813, 0.0798))
    locked = dmft.solve_periodic(network, n=64)
    march = dmft.solve_nonstationary(network, 60.0, init=(0.0, 1e-3))
    last = march.variance[march.times > march.times[-1] - 1.0 / 0.0798]
    assert float(np.mean(locked.variance)) == pytest.approx(float(np.mean(last)), rel=5e-3)


@pytest.mark.parametrize(
    "network",
    [
        dmft.RandomNetwork(0.0304, dmft.Symbolic("sinh(x)"), dmft.WhiteNoise(900.0)),
        dmft.RandomNetwork(3.0, dmft.Symbolic("exp(x**2)"), dmft.WhiteNoise(10.0)),
    ],
)
def test_overflow_is_told_by_us_alone(network):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="warn"):
            solution = dmft.solve_stationary(network, on_failure="ignore")
            try:
                march = dmft.solve_nonstationary(network, 2.0, on_failure="ignore")
            except (dmft.DMFTError, ValueError):
                return
    assert not (solution.convergence.converged and not math.isfinite(solution.variance))
    assert not (march.convergence.converged and not np.all(np.isfinite(march.variance)))


@pytest.mark.parametrize(("source", "parity"), [("tanh(3*x)", -1.0), ("1/cosh(2*x)", 1.0), ("x/(1 + abs(x))", -1.0)])
def test_averages_at_negative_covariances_by_parity(source, parity):
    """phi(-y) = parity phi(y), and y of covariance -c to x is -y' of covariance c."""
    averages = GradedAverages(dmft.Symbolic(source), 1.7)
    c = np.array([0.1, 0.9, 1.5, 1.69])
    assert averages.corr_phi(-c) == pytest.approx(parity * averages.corr_phi(c), rel=1e-14)
    assert averages.corr_slope(-c) == pytest.approx(-parity * averages.corr_slope(c), rel=1e-14)
    for at in c:  # without the series, by nodes of their own
        assert averages.corr_phi(-at) == pytest.approx(averages.at(-at)[0], rel=1e-11)
        assert averages.corr_slope(-at) == pytest.approx(averages.at(-at)[1], rel=1e-11)
    small = 1e-3
    potential = averages.potential(-small) / averages.potential(small)
    assert float(potential) == pytest.approx(-parity, rel=1e-9)


@pytest.mark.parametrize(
    "source", ["tanh(173*x)", "Max(-1, Min(1, -173.2*x))", "x/(1 + abs(x))*exp(-x**2)", "tanh(20*x - 4)"]
)
def test_averages_within_an_accuracy_are_within_it(source):
    """Those of sampled theories may be shorter series: no longer than the accuracy asks, and no worse."""
    phi, c = dmft.Symbolic(source), np.linspace(0.0, 0.44, 41)
    exact, short = averages(phi, 0.44), averages_within(phi, 0.44, 1e-8)
    for name in ("corr_phi", "corr_slope"):
        best = getattr(exact, name)(c)
        assert np.max(np.abs(getattr(short, name)(c) - best)) <= 1e-8 * np.max(best)


def test_more_phases_than_a_block_holds():
    """`range() arg 3 must not be zero`: a sum over phases was cut into blocks of no rows."""
    drive = dmft.Sinusoid(66.24, 23.6, phases="random")
    network = dmft.BalancedNetwork(0.7448, 226700.0, nonlinearity=dmft.Symbolic("exp(x)"), drive=drive, I0=3.0)
    assert not dmft.solve_stationary(network, on_failure="ignore").convergence.converged


@pytest.mark.parametrize(("g", "k", "phi"), [(1219.0, 0.1619, dmft.Erf()), (232.3, -2.388, dmft.Tanh())])
def test_the_end_of_a_bracket_keeps_its_sign(g, k, phi):
    """The same number asked for again came from another neighbour, with the other sign."""
    found = dmft.fixed_points(dmft.PlasticNetwork(g, k, 1.0, phi))
    if found.convergence.converged and len(found.x):
        assert found.weights @ phi(found.x) ** 2 == pytest.approx(found.q, rel=1e-3)


def test_nothing_is_printed_of_a_fit_to_what_is_not_finite(capfd):
    """LAPACK writes to the terminal when it is given infinities."""
    network = dmft.RandomNetwork(0.7852, dmft.Symbolic("sinh(-x)"), symmetry=0.563)
    solution = dmft.solve_stationary(network, method=dmft.Sampled(paths=256, seed=0), on_failure="ignore")
    assert not solution.convergence.converged
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_a_sine_large_beside_the_variance_is_counted_before_its_panels_are_made():
    """Panels of the length of sigma over all of the sine took more than a minute before any limit was asked."""
    drive = dmft.Sinusoid(8.722, 53.91, phases="random")
    network = dmft.RandomNetwork(0.3128, dmft.Symbolic("x/(1 + abs(x))"), drive)
    assert not dmft.solve_stationary(network, on_failure="ignore").convergence.converged
