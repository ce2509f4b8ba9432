"""Power spectra, correlation times and rate distributions where they are known, and the laws that tie them."""

import math

import numpy as np
import pytest

import dmft

OMEGA = np.array([0.0, 0.2, 1.0, 4.0])
FREQUENCY = OMEGA / (2 * math.pi)


def two(noise=0.5, **kind):
    return dmft.Network(
        {
            "E": dmft.Population(
                dmft.Symbolic("(1 + tanh(2*x))/2"),
                dmft.Leaky(1.0),
                fraction=0.6,
                bias=0.3,
                threshold_variance=0.2,
                drive=dmft.WhiteNoise(noise),
            ),
            "I": dmft.Population(dmft.Tanh(), dmft.Leaky(1.7), bias=-0.2, drive=dmft.OrnsteinUhlenbeck(0.4, 2.0)),
        },
        dmft.Couplings(dmft.Random([[2.0, 1.5], [1.8, 1.0]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]])),
    )


STATES = {
    "chaos": dmft.RandomNetwork(2.0),
    "noise": dmft.RandomNetwork(0.9, drive=dmft.WhiteNoise(1.0)),
    "coloured": dmft.RandomNetwork(1.8, drive=dmft.OrnsteinUhlenbeck(0.5, 2.0)),
    "mean": dmft.Network(dmft.Population(bias=0.5), dmft.Couplings(dmft.Random(2.0), dmft.Mean(-1.0))),
    "two": two(),
    "steep": dmft.RandomNetwork(10.0, nonlinearity=dmft.Erf()),
}


@pytest.fixture(scope="module")
def states():
    return {name: dmft.solve_stationary(network) for name, network in STATES.items()}


@pytest.mark.parametrize("name", STATES)
def test_spectra_obey_the_equation(states, name):
    """(1 + w^2 tau^2) S^x = K S^phi + S_I, within the errors; their integral is what moves."""
    solution = states[name]
    blocks = solution.blocks
    x, phi = (dmft.power_spectrum(solution, FREQUENCY, of) for of in ("x", "phi"))
    left = (1 + np.outer(blocks.tau**2, OMEGA**2)) * blocks.populated(x.values)
    right = blocks.K @ blocks.populated(phi.values) + blocks.spectrum(OMEGA)
    error = (1 + np.outer(blocks.tau**2, OMEGA**2)) * blocks.populated(x.error)
    error += blocks.K @ blocks.populated(phi.error)
    assert np.all(np.abs(left - right) <= error)
    np.testing.assert_allclose(left, right, rtol=2e-7, atol=1e-9 * np.max(left))
    edges = np.concatenate([[0.0], np.geomspace(1e-3, 3e3, 400)])
    nodes, weights = np.polynomial.legendre.leggauss(6)
    w = (edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1) / 2).ravel()
    dw = (np.diff(edges)[:, None] * weights / 2).ravel()
    total = blocks.populated(dmft.power_spectrum(solution, w / (2 * math.pi))) @ dw / math.pi
    moving = blocks.populated(solution.cov_x_at(0.0)) - blocks.populated(x.frozen)
    np.testing.assert_allclose(total, moving, rtol=3e-4)


def test_linear_units():
    """A leaky unit that feeds back g^2 x: C decays with sqrt(1 - g^2), exponentially."""
    g = 0.6
    solution = dmft.solve_stationary(dmft.RandomNetwork(g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0)))
    rate = math.sqrt(1 - g * g)
    np.testing.assert_allclose(dmft.power_spectrum(solution, FREQUENCY), 1.0 / (rate**2 + OMEGA**2), rtol=1e-10)
    for definition, expected in (("integral", 1 / rate), ("half", math.log(2) / rate), ("decay", 1 / rate)):
        for of in ("x", "phi"):
            value = dmft.correlation_time(solution, of, definition=definition)
            assert value == pytest.approx(expected, rel=1e-9)
            assert abs(value - expected) <= value.error + 1e-13


def test_correlation_time_by_population(states):
    solution = states["two"]
    whole = dmft.correlation_time(solution)
    parts = [dmft.correlation_time(solution, population=name) for name in "EI"]
    assert min(parts) < whole < max(parts)
    spectrum = dmft.power_spectrum(solution, 0.0)
    for part, s, c, frozen in zip(parts, spectrum.values, solution.variance, spectrum.frozen):
        assert part == pytest.approx(0.5 * s / (c - frozen), rel=1e-9)


def test_discrete_time():
    chaos = dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=dmft.Map()), dmft.Random(1.7)))
    np.testing.assert_allclose(dmft.power_spectrum(chaos, FREQUENCY), chaos.variance, rtol=1e-12)
    assert dmft.correlation_time(chaos) == pytest.approx(0.5)
    phi = dmft.Linear()
    slow = dmft.solve_stationary(
        dmft.Network(dmft.Population(phi, dmft.Map(), drive=dmft.OrnsteinUhlenbeck(1.0, 3.0)), dmft.Random(0.5))
    )
    # C(k) = C_I(k)/(1 - g^2)
    a = math.exp(-1 / 3)
    expected = (1 - a * a) / (1 - 2 * a * np.cos(OMEGA) + a * a) / 0.75
    np.testing.assert_allclose(dmft.power_spectrum(slow, FREQUENCY), expected, rtol=1e-9)
    assert dmft.correlation_time(slow) == pytest.approx(0.5 + a / (1 - a), rel=1e-9)


def test_what_has_no_spectrum():
    wave = dmft.solve_stationary(dmft.RandomNetwork(0.8, drive=dmft.Sinusoid(0.5, 0.2, "random")))
    for ask in (lambda: dmft.power_spectrum(wave, 1.0), lambda: dmft.rate_distribution(wave)):
        with pytest.raises(ValueError, match="sinusoid"):
            ask()
    still = dmft.solve_stationary(dmft.RandomNetwork(0.5))
    assert np.all(np.asarray(dmft.power_spectrum(still, FREQUENCY)) == 0.0)
    with pytest.raises(ValueError, match="does not move"):
        dmft.correlation_time(still)
    chaos = dmft.solve_stationary(dmft.RandomNetwork(1.5))
    with pytest.raises(ValueError, match="finite"):
        dmft.power_spectrum(chaos, [0.0, np.nan])
    for bad in ({"of": "y"}, {"definition": "mean"}, {"population": "E"}):
        with pytest.raises(ValueError, match="must be one of"):
            dmft.correlation_time(chaos, **bad)
    for verb in (dmft.rate_distribution, dmft.correlation_time, lambda x: dmft.power_spectrum(x, 1.0)):
        with pytest.raises(TypeError, match="solve_stationary"):
            verb(dmft.RandomNetwork(1.5))
    with pytest.raises(ValueError, match="population must be one of"):
        dmft.rate_distribution(chaos, population="E")


def test_uniform_rates():
    """erf of a normal number of variance 2/pi is uniform on (-1, 1)."""
    noise = dmft.WhiteNoise(4 / math.pi)
    solution = dmft.solve_stationary(dmft.Network({"a": dmft.Population(dmft.Erf(), drive=noise)}, dmft.Random(1e-6)))
    rates = dmft.rate_distribution(solution)
    r = np.array([-0.9, -0.3, 0.0, 0.5, 0.99])
    np.testing.assert_allclose(rates.cdf(r), (1 + r) / 2, atol=1e-9)
    np.testing.assert_allclose(rates.pdf(r), 0.5, rtol=1e-8)
    assert rates.variance == pytest.approx(1 / 3, rel=1e-8)
    assert rates.atoms == ()


def test_units_below_threshold():
    network = dmft.Network(
        dmft.Population(dmft.ReLU(), bias=-0.3, drive=dmft.WhiteNoise(1.0)),
        dmft.Couplings(dmft.Random(1.0), dmft.Mean(-1.0)),
    )
    solution = dmft.solve_stationary(network)
    rates = dmft.rate_distribution(solution)
    silent = 0.5 * math.erfc(solution.mean_x / math.sqrt(2 * solution.variance))
    assert len(rates.atoms) == 1
    assert rates.atoms[0][0] == 0.0
    assert rates.atoms[0][1] == pytest.approx(silent, abs=1e-10)
    assert rates.cdf(0.0) == pytest.approx(silent, abs=1e-10)
    assert rates.cdf(-1e-9) == 0.0
    above = np.linspace(1e-9, rates.high, 20001)
    assert np.trapezoid(rates.pdf(above[::10]), above[::10]) == pytest.approx(1 - silent, abs=1e-4)
    assert rates.mean == pytest.approx(solution.mean_phi, rel=1e-9)


def test_rates_against_drawn_numbers(states):
    """cdf of rates and of their means over time, from 10^5 numbers drawn; phi need not rise everywhere."""
    solution = states["two"]
    rng = np.random.default_rng(2)
    n = 100_000
    for a, name in enumerate("EI"):
        held, moving = solution.static_variance[a], solution.variance[a] - solution.static_variance[a]
        mu = solution.mean_x[a] + math.sqrt(max(held, 0.0)) * rng.normal(size=n)
        x = mu + math.sqrt(moving) * rng.normal(size=n)
        phi = solution.blocks.nonlinearities[a]
        z, w = np.polynomial.hermite_e.hermegauss(40)
        for averaged, drawn in ((False, phi(x)), (True, phi(mu[:, None] + math.sqrt(moving) * z) @ w / w.sum())):
            rates = dmft.rate_distribution(solution, time_averaged=averaged, population=name)
            at = np.quantile(drawn, [0.1, 0.4, 0.8])
            np.testing.assert_allclose(rates.cdf(at), [0.1, 0.4, 0.8], atol=5 * 0.5 / math.sqrt(n))
            assert rates.mean == pytest.approx(solution.mean_phi[a], rel=1e-9)
    bump = dmft.solve_stationary(
        dmft.RandomNetwork(1.0, nonlinearity=dmft.Symbolic("exp(-x**2)"), drive=dmft.WhiteNoise(1.0))
    )
    rates = dmft.rate_distribution(bump)
    # exp(-x^2) <= r where |x| >= sqrt(-log r)
    expected = math.erfc(math.sqrt(-math.log(0.4)) / math.sqrt(2 * bump.variance))
    assert rates.cdf(0.4) == pytest.approx(expected, abs=1e-10)


def test_whole_network_is_the_mixture(states):
    whole = dmft.rate_distribution(states["two"])
    parts = [dmft.rate_distribution(states["two"], population=name) for name in "EI"]
    r = np.array([-0.2, 0.3, 0.7])
    np.testing.assert_allclose(whole.cdf(r), 0.6 * parts[0].cdf(r) + 0.4 * parts[1].cdf(r), rtol=1e-12)
    np.testing.assert_allclose(whole.pdf(r), 0.6 * parts[0].pdf(r) + 0.4 * parts[1].pdf(r), rtol=1e-12)


@pytest.mark.long
def test_the_spectrum_of_a_sampled_state_is_that_of_its_linear_network():
    """S = sigma^2 |chi|^2/(1 - g^2 |chi|^2), chi = 1/(1 + i w - rho g^2 chi), of partially symmetric couplings."""
    g, rho, at = 0.5, 0.3, np.array([0.0, 0.1, 0.2, 0.5]) / (2.0 * np.pi)
    solution = dmft.solve_stationary(dmft.RandomNetwork(g, dmft.Linear(), dmft.WhiteNoise(1.0), symmetry=rho))
    found = dmft.power_spectrum(solution, at)
    z = 1.0 + 1j * found.omega
    chi = np.abs((z - np.sqrt(z**2 - 4.0 * rho * g**2)) / (2.0 * rho * g**2)) ** 2
    exact = chi / (1.0 - g**2 * chi)
    assert np.all(np.abs(found.values - exact) <= found.error)
    assert np.all(found.error < 0.02)
    independent = dmft.solve_stationary(dmft.RandomNetwork(g, dmft.Linear(), dmft.WhiteNoise(1.0)))
    apart = np.abs(dmft.power_spectrum(independent, at).values - exact)
    assert np.all(apart[:2] > 3.0 * found.error[:2])  # what would be seen without symmetry
    time = dmft.correlation_time(solution, definition="integral")
    assert abs(time - exact[0] / (2.0 * float(solution.variance))) <= 2.0 * time.error


@pytest.mark.long
@pytest.mark.parametrize(
    ("output", "drive"),
    [("tanh(x)", None), ("tanh(x)", dmft.WhiteNoise(1.0)), ("tanh(x) + 0.3", dmft.OrnsteinUhlenbeck(1.0, 1.0))],
)
def test_a_sampled_spectrum_is_that_of_leaky_units_where_units_are_leaky(output, drive):
    """One that is 5 % off at low frequencies, where its error is 1 to 9 %, would be seen in most of these cases."""
    unit = dmft.Dynamics({"x": "-x + h"}, output=output)
    sampled = dmft.solve_stationary(
        dmft.Network(dmft.Population(dynamics=unit, drive=drive), dmft.Random(2.0)),
        method=dmft.Sampled(paths=256, seed=1),
    )
    leaky = dmft.solve_stationary(dmft.Network(dmft.Population(output, drive=drive), dmft.Random(2.0)))
    frequencies = np.array([0.0, 0.02, 0.05, 0.1, 0.2])
    for of in ("x", "phi"):
        found, exact = (dmft.power_spectrum(sol, frequencies, of=of) for sol in (sampled, leaky))
        assert np.all(np.abs(found.values - exact.values) <= found.error)
        assert np.all(found.error[:2] < 0.1 * exact.values[:2])
        assert float(found.frozen) == pytest.approx(float(exact.frozen), rel=0.01, abs=1e-12)


@pytest.mark.long
@pytest.mark.parametrize(("bias", "mean"), [(0.0, None), (0.3, dmft.Mean([[1.0, -1.0], [1.0, -1.0]]))])
def test_sampled_spectra_of_populations_are_those_of_leaky_ones(bias, mean):
    noise = {"fraction": 0.75, "bias": bias, "drive": dmft.WhiteNoise(0.5)}
    couplings = dmft.Couplings(dmft.Random([[1.6, 1.2], [1.4, 1.0]]), mean)
    slow = dmft.Dynamics({"x": "-x + h"}, output="tanh(x)")
    fast = dmft.Dynamics({"x": "(-x + h)/tau"}, output="tanh(x)", tau=0.5)
    stated = {"E": dmft.Population(dynamics=slow, **noise), "I": dmft.Population(dynamics=fast, fraction=0.25)}
    leaky = {"E": dmft.Population(**noise), "I": dmft.Population(dynamics=dmft.Leaky(0.5), fraction=0.25)}
    sampled = dmft.solve_stationary(dmft.Network(stated, couplings), method=dmft.Sampled(seed=1))
    exact = dmft.solve_stationary(dmft.Network(leaky, couplings))
    assert sampled.cov_x.shape == sampled.corr_x.shape
    for of in ("x", "phi"):
        found, known = (dmft.power_spectrum(sol, [0.0, 0.05, 0.1], of) for sol in (sampled, exact))
        assert np.all(np.abs(found.values - known.values) <= found.error)
        assert np.all(np.abs(found.values - known.values) <= 0.05 * known.values)
        assert np.allclose(found.frozen, known.frozen, rtol=0.01, atol=1e-9)
    times = [dmft.correlation_time(sol) for sol in (sampled, exact)]
    assert abs(times[0] - times[1]) <= times[0].error


@pytest.mark.long
def test_what_a_sampled_window_tapers_off_is_in_the_error():
    """C falls slowly at g = 1.95: a hundredth is left at the window's end, and S(0) is off by more than sampling."""
    unit = dmft.Dynamics({"x": "-x + h"}, output="tanh(x)")
    network = dmft.Network(dmft.Population(dynamics=unit), dmft.Random(1.95))
    exact = dmft.power_spectrum(dmft.solve_stationary(dmft.RandomNetwork(1.95)), [0.0])
    for seed in (1, 2):
        found = dmft.power_spectrum(dmft.solve_stationary(network, method=dmft.Sampled(seed=seed)), [0.0])
        assert abs(found.values[0] - exact.values[0]) <= found.error[0] < 0.04 * exact.values[0]
