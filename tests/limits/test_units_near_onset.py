"""Linear units just above an onset: one mode of slowly varying amplitude, and other methods where there are some."""

import numpy as np
import pytest
from scipy.optimize import brentq

import dmft

ANGLES, WEIGHTS = np.polynomial.hermite_e.hermegauss(40)


def network(dynamics, g, drive=None):
    return dmft.Network(dmft.Population(dmft.Tanh(), dynamics, drive=drive), dmft.Random(g))


def expected_variance(ratio, oscillates):
    """The amplitude equation to third order: 1/G = <phi'>^2 + share <phi'''>^2 c0^2/6, G = (g/g_c)^2, share 1/2 at rest
    and 3/8 of an oscillation, which spends its time at smaller amplitudes."""

    def surplus(c0):
        x = np.sqrt(c0) * ANGLES
        slope = 1.0 / np.cosh(x) ** 2
        third = slope * (4.0 * np.tanh(x) ** 2 - 2.0 * slope)
        first, third = (np.sum(WEIGHTS * f) / np.sqrt(2.0 * np.pi) for f in (slope, third))
        return first**2 + (3 / 8 if oscillates else 1 / 2) * third**2 * c0**2 / 6.0 - ratio**-2

    return brentq(surplus, 1e-6, 0.2, xtol=1e-14)


@pytest.mark.parametrize("ratio", [1.01, 1.03])
@pytest.mark.parametrize(
    ("unit", "oscillates"),
    [
        (dmft.Filter("1/(1+s)"), False),
        (dmft.Filter("1/(1+s)**2"), False),
        (dmft.Adaptation(1, 5), True),
        (dmft.Oscillator(1, 0.5), True),
    ],
)
def test_the_amplitude_equation(unit, oscillates, ratio):
    critical = dmft.onset(network(unit, 1.0)).factor
    state = dmft.solve_stationary(network(unit, ratio * critical))
    expected = expected_variance(ratio, oscillates)
    assert state.variance == pytest.approx(expected, rel=8.0 * expected**3)
    assert abs(expected_variance(ratio, not oscillates) / expected - 1.0) > 0.02 * expected  # the other share is seen
    exponent = dmft.lyapunov_exponent(state)
    assert 0.0 < exponent < state.decay_rate
    assert exponent.numerical_error < 1e-5 * exponent


@pytest.mark.parametrize("g", [1.01, 1.05, 1.15])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(1e-5)])
def test_leaky_units(g, drive):
    leaky = dmft.RandomNetwork(g, drive=drive)
    expected, found = dmft.solve_stationary(leaky), dmft.solve_stationary(leaky, method=dmft.LinearUnits())
    assert abs(found.variance / expected.variance - 1.0) <= found.convergence.error + expected.convergence.error
    assert found.convergence.error < 3e-9
    one, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert abs(one - other) <= one.numerical_error + other.numerical_error
    assert other.numerical_error < 1e-8


@pytest.mark.parametrize("intensity", [1e-6, 0.01])
def test_a_weak_bound_state_reaches_beyond_the_window(intensity):
    """Of stable driven networks the exponent is next to the edge: a box of the length of the correlations shifts it."""
    leaky = dmft.RandomNetwork(0.9, drive=dmft.WhiteNoise(intensity))
    one = dmft.lyapunov_exponent(dmft.solve_stationary(leaky))
    other = dmft.lyapunov_exponent(dmft.solve_stationary(leaky, method=dmft.LinearUnits()))
    assert abs(one - other) < 1e-10


@pytest.mark.parametrize("ratio", [1.02, 1.3])
def test_two_populations(ratio):
    def of(slow):
        units = {"a": dmft.Population(dmft.Erf(), fraction=0.4), "b": dmft.Population(dmft.Tanh(), slow)}
        return dmft.Network(units, dmft.Random(0.611 * ratio * np.array([[2.0, 1.4], [2.4, 1.0]])))

    expected, found = (dmft.solve_stationary(of(unit)) for unit in (dmft.Leaky(4.0), dmft.Filter("1/(1+4*s)")))
    assert found.variance == pytest.approx(expected.variance, rel=1e-9)
    one, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert abs(one - other) <= one.numerical_error + other.numerical_error
    assert other.numerical_error < 1e-9


def test_two_kinds_of_oscillations():
    """Units of two resonances: the faster growing mode, seen in its frequency, down to 2 % above the onset."""
    units = {
        "a": dmft.Population(dmft.Erf(), dmft.Adaptation(2, 10), fraction=0.4),
        "b": dmft.Population(dmft.Tanh(), dmft.Oscillator(0.8, 0.3)),
    }
    gains = np.array([[2.0, 1.4], [2.4, 1.0]])
    onset = dmft.onset(dmft.Network(units, dmft.Random(gains)))
    states = [dmft.solve_stationary(dmft.Network(units, dmft.Random(gains * onset.factor * r))) for r in (1.02, 1.04)]
    assert states[1].variance == pytest.approx(2.0 * states[0].variance, rel=0.15)
    assert dmft.peak_frequency(states[0]) == pytest.approx(onset.frequency, rel=1e-2)
