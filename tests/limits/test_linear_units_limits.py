"""Linear units where the answer is known: leaky ones, filters that do nothing, linear networks, no activity."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft


def network(dynamics, g, phi=None, drive=None):
    return dmft.Network(dmft.Population(phi or dmft.Tanh(), dynamics, drive=drive), dmft.Random(g))


@pytest.mark.parametrize("g", [1.2, 2.0, 5.0])
@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf()])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.5), dmft.OrnsteinUhlenbeck(1.0, 3.0)])
def test_first_order_is_that_of_the_other_methods(g, phi, drive):
    leaky = dmft.RandomNetwork(g, nonlinearity=phi, drive=drive)
    expected = dmft.solve_stationary(leaky)
    found = dmft.solve_stationary(leaky, method=dmft.LinearUnits())
    rel = 1e-10 if drive is None else 1e-9
    assert found.variance == pytest.approx(expected.variance, rel=rel)
    assert abs(found.variance / expected.variance - 1.0) <= found.convergence.error + 1e-11
    lags = np.array([0.0, 0.13, 1.0, 4.4])
    assert found.corr_x_at(lags) == pytest.approx(expected.corr_x_at(lags), abs=1e-8 * expected.variance)
    assert found.corr_phi_at(lags) == pytest.approx(expected.corr_phi_at(lags), abs=1e-8)
    assert found.state == expected.state
    one, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert abs(one - other) <= one.numerical_error + other.numerical_error
    assert other.numerical_error < 1e-5
    assert dmft.jacobian_spectrum(found).abscissa == pytest.approx(dmft.jacobian_spectrum(expected).abscissa, abs=1e-7)


@pytest.mark.parametrize("of", ["phi", "x"])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.5), dmft.OrnsteinUhlenbeck(1.0, 3.0)])
def test_pairs_of_first_order(of, drive):
    leaky = dmft.RandomNetwork(2.0, drive=drive)
    one = dmft.effective_dimension(dmft.solve_stationary(leaky), of)
    other = dmft.effective_dimension(dmft.solve_stationary(leaky, method=dmft.LinearUnits()), of)
    assert abs(one - other) <= one.numerical_error + other.numerical_error
    assert other == pytest.approx(float(one), rel=1e-5)


def test_populations_of_two_time_constants():
    def of(slow):
        units = {"a": dmft.Population(dmft.Erf(), fraction=0.4), "b": dmft.Population(dmft.Erf(), slow)}
        return dmft.Network(units, dmft.Random([[2.0, 1.4], [2.4, 1.0]]))

    expected = dmft.solve_stationary(of(dmft.Leaky(4.0)))
    found = dmft.solve_stationary(of(dmft.Filter("1/(1+tau*s)", tau=4)))
    assert found.variance == pytest.approx(expected.variance, rel=1e-10)
    one, other = dmft.lyapunov_exponent(expected), dmft.lyapunov_exponent(found)
    assert abs(one - other) <= one.numerical_error + other.numerical_error
    z = np.array([0.1, -0.3 + 0.5j, -1.0, 0.4 + 0.4j])
    bulk = dmft.jacobian_spectrum(expected)
    assert np.all(dmft.jacobian_spectrum(found).contains(z) == bulk.contains(z))


def test_identical_classes_are_one():
    unit = dmft.Oscillator(1.0, 0.5)
    one = dmft.solve_stationary(network(unit, 1.5))
    units = {name: dmft.Population(dynamics=unit, fraction=part) for name, part in (("a", 0.3), ("b", 0.7))}
    two = dmft.solve_stationary(dmft.Network(units, dmft.Random(1.5)))
    assert two.variance == pytest.approx([one.variance] * 2, rel=1e-9)
    assert dmft.lyapunov_exponent(two) == pytest.approx(float(dmft.lyapunov_exponent(one)), abs=1e-8)


@pytest.mark.long
def test_a_delay_moves_the_exponent_and_not_the_state():
    states = [dmft.solve_stationary(network(dmft.Leaky() * dmft.Delay(d), 2.0)) for d in (0.0, 1e-6, 1.0, 4.0)]
    assert np.ptp([s.variance for s in states]) < 1e-9
    exponents = [float(dmft.lyapunov_exponent(s)) for s in states]
    assert exponents[1] == pytest.approx(exponents[0], abs=1e-6)
    assert exponents[0] > exponents[2] > exponents[3] > 0.0
    pairs = [float(dmft.effective_dimension(s)) for s in states]
    assert pairs[1] == pytest.approx(pairs[0], rel=1e-5)
    assert pairs[0] < pairs[2] < pairs[3]


def test_a_weak_adaptation_is_none():
    plain = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    weak = dmft.solve_stationary(network(dmft.Adaptation(1e-7, 5.0), 2.0))
    assert weak.variance == pytest.approx(plain.variance, rel=1e-6)
    assert dmft.lyapunov_exponent(weak) == pytest.approx(float(dmft.lyapunov_exponent(plain)), abs=1e-6)


@pytest.mark.parametrize("unit", [dmft.Adaptation(1, 5), dmft.Oscillator(1, 0.5), dmft.Filter("1/(1+s)**2")])
def test_onset(unit):
    transfer = unit.transfer
    w = np.linspace(0.0, 3.0, 300001)
    critical = 1.0 / np.sqrt(np.max(transfer.size(1j * w)))
    below, above = (dmft.solve_stationary(network(unit, critical * (1.0 + e))) for e in (-1e-6, 0.3))
    assert below.state == "quiescent"
    assert above.state == "chaotic"
    assert dmft.lyapunov_exponent(below) == pytest.approx(0.0, abs=1e-5)
    assert dmft.jacobian_spectrum(below).resonance == pytest.approx(w[np.argmax(transfer.size(1j * w))], abs=1e-3)


def test_linear_networks_exactly():
    """The covariance of one linear network, by its Lyapunov equation in the states of all filters: N -> infinity."""
    g, n, c, ta = 0.6, 400, 1.0, 5.0
    rng = np.random.default_rng(7)
    found = []
    for _ in range(3):
        coupling = g / np.sqrt(n) * rng.standard_normal((n, n))
        one = np.eye(n)
        flow = np.block([[coupling - one, -one], [c / ta * one, -one / ta]])
        noise = np.zeros((2 * n, 2 * n))
        noise[:n, :n] = one
        sigma = solve_continuous_lyapunov(flow, -noise)[:n, :n]
        found.append([np.trace(sigma) / n, np.trace(sigma) ** 2 / np.sum(sigma**2) / n])
    unit = network(dmft.Adaptation(c, ta), g, dmft.Linear(), dmft.WhiteNoise(1.0))
    solution = dmft.solve_stationary(unit)
    variance, dimension = np.mean(found, axis=0)
    assert solution.variance == pytest.approx(variance, rel=3e-3)  # the scatter of three matrices: 1e-3
    assert dmft.effective_dimension(solution, "x") == pytest.approx(dimension, rel=5e-3)


def test_a_linear_network_without_bound():
    with pytest.raises(dmft.NotConvergedError, match="no bounded solution"):
        dmft.solve_stationary(network(dmft.Oscillator(1, 0.5), 0.6, dmft.Linear(), dmft.WhiteNoise(1.0)))


def test_more_noise_ends_chaos():
    states = [dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.0, drive=dmft.WhiteNoise(s))) for s in (0.01, 2.0)]
    assert [s.state for s in states] == ["driven, chaotic", "driven, stable"]
    assert [float(dmft.lyapunov_exponent(s)) > 0 for s in states] == [True, False]


def test_files_hold_states(tmp_path):
    solution = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.0))
    dmft.save(solution, tmp_path / "state.nc")
    again = dmft.load(tmp_path / "state.nc")
    assert again.corr_phi_at(1.3) == solution.corr_phi_at(1.3)
    assert dmft.lyapunov_exponent(again) == dmft.lyapunov_exponent(solution)


@pytest.mark.long
def test_what_else_is_read_off_a_state():
    solution = dmft.solve_stationary(network(dmft.Oscillator(1, 0.5), 1.5))
    f = np.array([0.05, 0.14, 0.2])
    spectrum = np.asarray(dmft.power_spectrum(solution, f))
    of_phi = np.asarray(dmft.power_spectrum(solution, f, "phi"))
    size = solution.network.populations.dynamics.transfer.size(2j * np.pi * f)
    assert spectrum == pytest.approx(size * 2.25 * of_phi, rel=1e-6)
    assert dmft.rate_distribution(solution).variance == pytest.approx(solution.corr_phi_at(0.0), rel=1e-8)
    assert dmft.correlation_time(solution) > 0


def test_the_error_bounds_what_other_grids_say():
    unit = network(dmft.Adaptation(2, 10), 3.0)
    solution = dmft.solve_stationary(unit)
    longer = dmft.solve_stationary(unit, method=dmft.LinearUnits(window=1.7 * solution.settings["window"]))
    assert abs(longer.variance / solution.variance - 1.0) <= solution.convergence.error + longer.convergence.error
    short = dmft.solve_stationary(unit, method=dmft.LinearUnits(window=10.0), on_failure="ignore")
    assert short.convergence.status.name == "GRID_TOO_SHORT"


def test_a_neighbour_is_a_start():
    near = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.1))
    found = dmft.solve_stationary(network(dmft.Adaptation(1, 5), 2.0), init=near)
    assert found.variance == pytest.approx(1.27561291, abs=1e-8)


@pytest.mark.parametrize("gamma", [0.5, 0.2])
def test_onset_of_an_oscillator_in_closed_form(gamma):
    found = dmft.onset(network(dmft.Oscillator(1.0, gamma), 1.0))
    assert found.factor == pytest.approx(gamma * np.sqrt(1.0 - gamma**2 / 4.0), rel=1e-10)
    assert 2.0 * np.pi * found.frequency == pytest.approx(np.sqrt(1.0 - gamma**2 / 2.0), rel=1e-5)


@pytest.mark.parametrize(("c", "ta", "g", "omega"), [(1, 5, 1.13911, 0.5734), (2, 10, 1.08151, 0.5290)])
def test_onset_of_adaptation_as_printed(c, ta, g, omega):
    found = dmft.onset(network(dmft.Adaptation(c, ta), 1.0))
    assert found.factor == pytest.approx(g, abs=1e-5)
    assert 2.0 * np.pi * found.frequency == pytest.approx(omega, abs=1e-4)
    state = dmft.solve_stationary(network(dmft.Adaptation(c, ta), 1.3 * g))
    assert dmft.peak_frequency(state) == pytest.approx(found.frequency, rel=0.1)


def test_leaky_units_do_not_oscillate():
    assert dmft.onset(dmft.RandomNetwork(2.0)) == dmft.Onset(0.5, 0.0)
    assert dmft.peak_frequency(dmft.solve_stationary(dmft.RandomNetwork(2.0))) == 0.0
