"""Linear units under sinusoids of random phase: leaky ones, linear ones in closed form, one population as several."""

import numpy as np
import pytest

import dmft

LAGS = np.array([0.0, 0.7, 3.3, 20.0, 400.0])


def network(dynamics, g, drive, phi=None):
    return dmft.Network(dmft.Population(phi or dmft.Tanh(), dynamics, drive=drive), dmft.Random(g))


@pytest.mark.long
@pytest.mark.parametrize(
    ("g", "amplitude", "frequency"),
    [(0.8, 1.0, 0.1), (1.5, 0.3, 0.1), (1.5, 2.0, 0.1), (2.0, 1.0, 0.3), (2.0, 3.0, 0.05)],
)
@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf()])
def test_leaky_units(g, amplitude, frequency, phi):
    leaky = dmft.RandomNetwork(g, nonlinearity=phi, drive=dmft.Sinusoid(amplitude, frequency, "random"))
    expected, found = dmft.solve_stationary(leaky), dmft.solve_stationary(leaky, method=dmft.LinearUnits())
    assert found.state == expected.state
    assert found.variance == pytest.approx(expected.variance, rel=1e-9)
    assert found.corr_x_at(LAGS[:4]) == pytest.approx(expected.corr_x_at(LAGS[:4]), abs=1e-8)
    assert found.corr_phi_at(LAGS[:4]) == pytest.approx(expected.corr_phi_at(LAGS[:4]), abs=1e-8)
    one, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert abs(one - other) <= one.numerical_error + other.numerical_error
    assert other.numerical_error < 1e-8
    assert dmft.jacobian_spectrum(found).radius == pytest.approx(dmft.jacobian_spectrum(expected).radius, rel=1e-8)


def test_with_noise_besides():
    leaky = dmft.RandomNetwork(1.5, drive=dmft.Sinusoid(0.5, 0.1, "random") + dmft.WhiteNoise(0.2))
    expected, found = dmft.solve_stationary(leaky), dmft.solve_stationary(leaky, method=dmft.LinearUnits())
    assert found.variance == pytest.approx(expected.variance, rel=2e-8)
    one, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert other == pytest.approx(float(one), abs=one.numerical_error + other.numerical_error + 1e-8)


@pytest.mark.parametrize("unit", [dmft.Oscillator(1.0, 0.8), dmft.Adaptation(1, 5), dmft.Leaky() * dmft.Delay(1.3)])
def test_linear_networks(unit):
    """C^x = A^2/2 cos(w lag)/(1 - G), G = g^2 |H(i w)|^2: what a unit hears of others is the same line."""
    g, drive = 0.6, dmft.Sinusoid(0.7, 0.13, "random")
    found = dmft.solve_stationary(network(unit, g, drive, dmft.Linear()))
    size = float(unit.transfer.size(1j * drive.omega))
    expected = 0.5 * drive.amplitude**2 * size / (1.0 - g**2 * size)
    assert found.corr_x_at(LAGS) == pytest.approx(expected * np.cos(drive.omega * LAGS), abs=1e-9 * expected)
    assert found.variance == pytest.approx(g**2 * size * expected, rel=1e-9)
    assert found.state == "driven, stable"


def test_populations_alike_are_one():
    unit, drive = dmft.Oscillator(1.0, 0.5), dmft.Sinusoid(0.6, 0.2, "random")
    one = dmft.solve_stationary(network(unit, 0.8, drive))
    units = {n: dmft.Population(dynamics=unit, fraction=f, drive=drive) for n, f in (("a", 0.3), ("b", 0.7))}
    two = dmft.solve_stationary(dmft.Network(units, dmft.Random(0.8)))
    assert two.variance == pytest.approx([one.variance] * 2, rel=1e-9)
    assert dmft.lyapunov_exponent(two) == pytest.approx(float(dmft.lyapunov_exponent(one)), abs=1e-7)


def test_a_weak_drive_is_none():
    plain = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.0, None))
    weak = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.0, dmft.Sinusoid(1e-4, 0.2, "random")))
    assert weak.variance == pytest.approx(plain.variance, rel=1e-6)
    assert weak.state == "driven, chaotic"
    assert dmft.lyapunov_exponent(weak) == pytest.approx(float(dmft.lyapunov_exponent(plain)), abs=1e-6)


def test_resonance_ends_chaos_at_less():
    """Driven at its own frequency an oscillator needs less for order than beside it."""
    states = [
        dmft.solve_stationary(network(dmft.Oscillator(1.0, 0.5), 0.7, dmft.Sinusoid(0.9, f, "random")))
        for f in (0.15, 0.4)
    ]
    assert [s.state for s in states] == ["driven, stable", "driven, chaotic"]


def test_the_exponent_of_resonant_units_is_between_the_harmonics_of_the_drive():
    """On a circle of many turns, by a dense matrix: the largest eigenvalue at the exponent comes up to 1; on one turn,
    which holds the harmonics alone, it does not."""
    drive = dmft.Sinusoid(3.0, 0.0913, "random")
    state = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.0, drive))
    exponent = dmft.lyapunov_exponent(state)
    turn, found = 1.0 / drive.frequency, []
    for turns in (1, 41):
        n = 32 * turns
        lags = turn * np.arange(n) / 32
        slopes = np.fft.fft(state.corr_slope_at(np.minimum(lags % turn, turn - lags % turn))).real / n
        omega = 2.0 * np.pi * np.fft.fftfreq(n, turn / 32)
        size = np.sqrt(state.network.populations.dynamics.transfer.size(float(exponent) + 1j * omega))
        k = np.arange(n)
        found.append(np.linalg.eigvalsh(4.0 * size[:, None] * slopes[k[:, None] - k] * size)[-1])
    assert found[0] < 0.97
    assert found[1] == pytest.approx(1.0, abs=1e-5)  # 32 lags a turn: 1.4e-6


def test_files_hold_them(tmp_path):
    found = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 1.5, dmft.Sinusoid(0.5, 0.2, "random")))
    dmft.save(found, tmp_path / "state.nc")
    again = dmft.load(tmp_path / "state.nc")
    assert again.corr_x_at(400.0) == found.corr_x_at(400.0)
    assert dmft.lyapunov_exponent(again) == dmft.lyapunov_exponent(found)


def test_what_is_refused():
    found = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 1.5, dmft.Sinusoid(0.5, 0.2, "random")))
    for observable in (dmft.rate_distribution, dmft.effective_dimension, lambda s: dmft.power_spectrum(s, [0.1])):
        with pytest.raises(ValueError, match="sinusoid"):
            observable(found)
    with pytest.raises(ValueError, match="sinusoid"):
        dmft.jacobian_spectrum(found).cdf(0.5)
    drives = dmft.Sinusoid(0.5, 0.2, "random") + dmft.Sinusoid(0.5, 0.3, "random")
    with pytest.raises(ValueError, match="one frequency"):
        dmft.solve_stationary(network(dmft.Adaptation(1, 5), 1.5, drives))


def test_a_slow_drive_is_refused():
    """Its harmonics lie far below what the units answer to: a stable verdict from them would be wrong."""
    with pytest.raises(ValueError, match="must be faster"):
        dmft.solve_stationary(network(dmft.Oscillator(1.0, 0.5), 0.7, dmft.Sinusoid(0.5, 0.001, "random")))


@pytest.mark.long
@pytest.mark.parametrize("gamma", [1e-6, 1e-3])
def test_hardly_damped_units_are_not_called_unbounded(gamma):
    found = dmft.solve_stationary(network(dmft.Oscillator(1.0, gamma), 2.0, None), on_failure="ignore")
    assert found.convergence.status.name != "NO_SOLUTION"
    assert not found.convergence.converged or found.variance > 0.0
