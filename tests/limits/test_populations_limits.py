"""Several populations where the answer is known: one alone, noise alone, no activity, a population without units."""

import dataclasses

import numpy as np
import pytest

import dmft

TWO = dmft.Network(
    {
        "a": dmft.Population(fraction=0.4),
        "b": dmft.Population(dmft.Erf(), dmft.Leaky(2.5), fraction=0.6),
    },
    dmft.Random([[2.0, 1.4], [2.4, 1.0]]),
)


def named(network):
    """Return a network of one population with a name given to it."""
    whole = network.compose()
    return dataclasses.replace(whole, populations={"all": whole.populations})


@pytest.mark.parametrize("g", [1.05, 1.5, 3.0, 10.0])
@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf()])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.5), dmft.OrnsteinUhlenbeck(1.0, 3.0)])
def test_one_population_is_that_of_the_other_methods(g, phi, drive):
    network = dmft.RandomNetwork(g, nonlinearity=phi, drive=drive)
    expected, found = dmft.solve_stationary(network), dmft.solve_stationary(network, method=dmft.Populations())
    assert found.variance == pytest.approx(expected.variance, rel=1e-10)
    assert found.corr_phi_at(1.0) == pytest.approx(expected.corr_phi_at(1.0), rel=1e-8)
    assert found.decay_rate == pytest.approx(expected.decay_rate, rel=1e-8) or drive is not None
    assert found.state == expected.state


def test_a_name_gives_an_axis():
    network = dmft.RandomNetwork(1.8)
    plain, with_name = dmft.solve_stationary(network), dmft.solve_stationary(named(network))
    assert with_name.corr_x.shape == (1, len(with_name.lags))
    assert with_name.variance.shape == (1,)
    assert with_name.variance[0] == pytest.approx(plain.variance, rel=1e-10)
    assert with_name.corr_x_at([0.0, 2.0]).shape == (1, 2)
    assert with_name.corr_x_at(2.0).shape == (1,)
    assert with_name.corr_x_at(2.0)[0] == pytest.approx(plain.corr_x_at(2.0), rel=1e-8)


def test_noise_alone():
    network = dmft.Network(
        {
            "a": dmft.Population(dynamics=dmft.Leaky(2.0), drive=dmft.WhiteNoise(3.0), fraction=0.5),
            "b": dmft.Population(dynamics=dmft.Leaky(0.5), drive=dmft.OrnsteinUhlenbeck(2.0, 1.5), fraction=0.5),
        },
        dmft.Random([[0.0, 0.0], [0.0, 0.0]]),
    )
    solution = dmft.solve_stationary(network)
    exact = [3.0 / (2.0 * 2.0), 2.0 * 1.5 / (1.5 + 0.5)]
    np.testing.assert_allclose(solution.variance, exact, rtol=1e-12)
    np.testing.assert_allclose(solution.corr_x_at(3.0)[0], exact[0] * np.exp(-1.5), rtol=1e-9)


def test_weak_couplings_leave_nothing():
    solution = dmft.solve_stationary(TWO.replace(**{"couplings.random.g": 0.5}))
    assert solution.state == "quiescent"
    assert solution.stable
    assert np.all(solution.variance == 0.0)
    assert np.all(solution.corr_phi == 0.0)


def test_a_population_without_units_hears_and_is_not_heard():
    network = TWO.replace(**{"populations.a.fraction": 0.0, "populations.b.fraction": 1.0})
    alone = dmft.solve_stationary(dmft.RandomNetwork(1.0, nonlinearity=dmft.Erf()))
    assert alone.variance == 0.0
    network = network.replace(**{"couplings.random.g.b.b": 2.0})
    alone = dmft.solve_stationary(dmft.RandomNetwork(2.0, nonlinearity=dmft.Erf()))
    solution = dmft.solve_stationary(network)
    assert solution.variance[1] == pytest.approx(alone.variance, rel=1e-10)
    assert solution.corr_x_at(2.5)[1] == pytest.approx(alone.corr_x_at(1.0), rel=1e-8)
    # a leaky unit of tau = 1 that hears 1.4^2 C^phi: its variance is the integral over its filter
    lags = np.linspace(0.0, 120.0, 60001)
    heard = 1.4**2 * solution.corr_phi_at(lags)[1]
    assert solution.variance[0] == pytest.approx(np.trapezoid(heard * np.exp(-lags), lags), rel=1e-6)


def test_linear_units_at_their_limit_are_refused():
    network = dmft.Network({"a": dmft.Population(dmft.Linear())}, dmft.Random(1.2))
    with pytest.raises(dmft.NotConvergedError, match="activity grows without limit"):
        dmft.solve_stationary(network)


@pytest.mark.parametrize("g", [0.5, 1.05, 1.5, 3.0, 10.0])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.5), dmft.OrnsteinUhlenbeck(1.0, 3.0)])
def test_the_exponent_of_one_population_is_that_of_the_other_methods(g, drive):
    network = dmft.RandomNetwork(g, nonlinearity=dmft.Erf(), drive=drive)
    expected = dmft.lyapunov_exponent(dmft.solve_stationary(network))
    found = dmft.lyapunov_exponent(dmft.solve_stationary(network, method=dmft.Populations()))
    assert found == pytest.approx(expected, abs=1e-10)
    assert found.numerical_error < 1e-9


def test_the_exponent_of_a_fixed_point_is_the_edge_of_its_bulk():
    gains = np.array([[0.3, 0.2], [0.4, 0.1]])
    network = dmft.Network(
        {
            "a": dmft.Population(dynamics=dmft.Leaky(1.0), fraction=0.5),
            "b": dmft.Population(dynamics=dmft.Leaky(5.0), fraction=0.5),
        },
        dmft.Random(np.sqrt(gains / 0.5).tolist()),
    )
    exponent = dmft.lyapunov_exponent(dmft.solve_stationary(network))
    scaled = gains / (1.0 + float(exponent) * np.array([[1.0], [5.0]])) ** 2
    assert np.max(np.abs(np.linalg.eigvals(scaled))) == pytest.approx(1.0, abs=1e-12)


def test_what_is_not_heard_has_an_exponent_of_its_own():
    """A chain: the first population, chaotic or at rest, drives the second; the larger exponent counts."""
    chain = [[2.0 * np.sqrt(2.0), 0.0], [0.7, 0.5]]
    populations = {name: dmft.Population(dmft.Erf(), fraction=0.5) for name in "ab"}
    solution = dmft.solve_stationary(dmft.Network(populations, dmft.Random(chain)))
    alone = dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(2.0, nonlinearity=dmft.Erf())))
    assert dmft.lyapunov_exponent(solution) == pytest.approx(alone, abs=1e-10)
    quiet = dmft.solve_stationary(dmft.Network(populations, dmft.Random([[0.4, 0.0], [0.7, 0.2]])))
    assert dmft.lyapunov_exponent(quiet) == pytest.approx(0.4 * np.sqrt(0.5) - 1.0, abs=1e-12)


def test_without_couplings_perturbations_leak_out():
    populations = {name: dmft.Population(dynamics=dmft.Leaky(tau), fraction=0.5) for name, tau in (("a", 1), ("b", 4))}
    network = dmft.Network(populations, dmft.Random([[0.0, 0.0], [0.0, 0.0]]))
    assert dmft.lyapunov_exponent(dmft.solve_stationary(network)) == -0.25


@pytest.mark.parametrize("excess", [2e-2, 1e-3, 1e-4])
def test_next_to_the_onset_of_chaos(excess):
    network = dmft.RandomNetwork(1.0 + excess)
    expected, found = dmft.solve_stationary(network), dmft.solve_stationary(network, method=dmft.Populations())
    assert found.variance == pytest.approx(expected.variance, rel=found.convergence.error)
    assert found.decay_rate == pytest.approx(expected.decay_rate, rel=1e-4)
    assert found.convergence.error < 1e-6


def test_strong_gains():
    network = dmft.RandomNetwork(1e5)
    expected, found = dmft.solve_stationary(network), dmft.solve_stationary(network, method=dmft.Populations())
    assert found.variance == pytest.approx(expected.variance, rel=1e-9)
    exponent = dmft.lyapunov_exponent(found)
    assert exponent == pytest.approx(dmft.lyapunov_exponent(expected), abs=2.0 * exponent.numerical_error + 1e-6)


def test_populations_that_hear_nothing_have_no_variance():
    alone = dmft.solve_stationary(dmft.RandomNetwork(2.0, nonlinearity=dmft.Erf()))
    for quiet in (0.0, 0.5):
        populations = {name: dmft.Population(dmft.Erf(), fraction=0.5) for name in "ab"}
        gains = [[quiet, 0.0], [0.0, 2.0 * np.sqrt(2.0)]]
        solution = dmft.solve_stationary(dmft.Network(populations, dmft.Random(gains)))
        assert solution.variance[0] == 0.0
        assert solution.variance[1] == pytest.approx(alone.variance, rel=1e-10)
    # what little it hears of its own is kept to all digits: D/2 over sqrt(1 - g^2 f) of a linear unit
    populations["a"] = dmft.Population(dmft.Erf(), fraction=0.5, drive=dmft.WhiteNoise(1e-13))
    solution = dmft.solve_stationary(dmft.Network(populations, dmft.Random(gains)))
    assert solution.variance[0] == pytest.approx(0.5e-13 / np.sqrt(1.0 - 0.5 * quiet**2), rel=1e-8)


@pytest.mark.parametrize("gain", [5.0, pytest.param(50.0, marks=pytest.mark.long)])
def test_steep_units_are_those_of_the_other_methods(gain):
    """At a gain of 50 and a mean the other method says that its averages are wrong by 1e-5, and so they may be."""
    phi = dmft.Symbolic(f"tanh({gain}*x)")
    network = dmft.RandomNetwork(1.2, nonlinearity=phi)
    expected, found = dmft.solve_stationary(network), dmft.solve_stationary(network, method=dmft.Populations())
    assert found.variance == pytest.approx(expected.variance, rel=1e-9)
    one = dmft.BalancedNetwork(1.2, 1.0, nonlinearity=phi, J0=1.0, I0=0.5)
    found = dmft.solve_stationary(one, method=dmft.Populations())
    expected = dmft.solve_stationary(one, on_failure="ignore")
    # an error that is not known to 1e-9 is known to what its status says
    allowed = 1e-9 if expected.convergence.converged else 3.0 * expected.convergence.residual
    assert found.variance == pytest.approx(expected.variance, rel=allowed)
    assert found.mean_x == pytest.approx(expected.mean_x, rel=allowed)


def test_excitation_that_nothing_holds_is_no_state():
    network = dmft.Network(
        {"a": dmft.Population(dmft.ReLU(), bias=0.1)}, dmft.Couplings(dmft.Random([[0.5]]), dmft.Mean([[2.5]]))
    )
    with pytest.raises(dmft.NotConvergedError, match="activity grows without limit"):
        dmft.solve_stationary(network)


def test_a_mean_that_does_not_stay_at_zero_leaves_it():
    """tanh, g^2 = 9, M = 4.5: chaos around a mean of zero is left for a fixed point of one sign."""
    network = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(3.0), dmft.Mean(4.5)))
    solution = dmft.solve_stationary(network)
    assert solution.state == "fixed point"
    assert solution.stable
    assert abs(solution.mean_x) == pytest.approx(3.39, abs=5e-3)  # of networks, by the theory sheet


@pytest.mark.long
def test_what_is_known_of_a_search_is_told():
    steps = []
    dmft.solve_stationary(TWO, callback=lambda step, residual: steps.append((step, residual)))
    assert steps[0][0] == 1
    assert steps[-1][1] < 1e-5
    few = dmft.solve_stationary(TWO, max_steps=2, on_failure="ignore")
    assert few.convergence.status is dmft.Status.MAX_STEPS
    lags = np.linspace(0.0, 10.0, 11)
    np.testing.assert_allclose(
        dmft.solve_stationary(TWO, lags=lags).corr_x[:, 3], dmft.solve_stationary(TWO).corr_x_at(3)
    )
    with pytest.raises(dmft.TooCostlyError, match="merge populations"):
        dmft.solve_stationary(dmft.Network({f"p{a}": dmft.Population() for a in range(2000)}, dmft.Random(1.2)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"populations.a.drive": dmft.Sinusoid(0.1, 1.0)}, "use dmft.solve_periodic"),
        ({"populations.a.drive": dmft.Sinusoid(0.1, 1.0, phases="random")}, "random phases is not solved"),
        ({"couplings.random.symmetry": 0.3}, "symmetry must be 0 between populations"),
        ({"couplings.plastic": dmft.Hebbian(1.0, 2.0)}, "plastic couplings are solved for one population"),
    ],
)
def test_what_is_not_known_of_several_populations_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dmft.solve_stationary(TWO.replace(**changes))


@pytest.mark.parametrize("bias", [12.0, 17.0, 30.0])
def test_saturated_units_are_a_frozen_input(bias):
    """tanh(12 + x) is 1 but for rare excursions: what it sends is K <phi^2> = 9 * 0.1 of threshold variance."""
    populations = {"a": dmft.Population(fraction=0.1, bias=bias), "b": dmft.Population(fraction=0.9)}
    found = dmft.solve_stationary(dmft.Network(populations, dmft.Random(3.0)))
    unit = dmft.Population(threshold_variance=0.9)
    limit = dmft.solve_stationary(dmft.Network(unit, dmft.Random(3.0 * np.sqrt(0.9))))
    rare = 4.0 * np.exp(-2.0 * bias + 2.0 * limit.variance)  # 1 - tanh^2, of what is not near 0
    assert found.variance == pytest.approx(np.full(2, limit.variance), rel=1e-10 + rare)
    z = np.linspace(-12.0, 12.0, 4001)
    weights = np.exp(-(z**2) / 2.0) / np.exp(-(z**2) / 2.0).sum()
    steep = weights @ np.cosh(bias + np.sqrt(found.variance[0]) * z) ** -4
    allowed = found.process.averages_error[1] / found.variance[0]
    assert abs(found.mean_square_slope[0] - steep) < allowed


@pytest.mark.parametrize("gain", [1.42, 1.5, 1.55])
@pytest.mark.parametrize("order", [1, -1])
def test_uncoupled_populations_are_networks_of_their_own(gain, order):
    """Also where one of them is so close to its onset that it would freeze beside a strong one."""
    gains = [gain, 2.5][::order]
    populations = {name: dmft.Population(fraction=0.5) for name in "ab"}
    both = dmft.solve_stationary(dmft.Network(populations, dmft.Random(np.diag(gains))))
    apart = [dmft.solve_stationary(dmft.RandomNetwork(g * np.sqrt(0.5))).variance for g in gains]
    assert both.variance == pytest.approx(apart, rel=1e-7)
    assert both.static_variance == pytest.approx(np.zeros(2), abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("ratio", [1e4, 1e7, 1e10])
def test_time_constants_far_apart(ratio):
    """The slow population is frozen to the fast one: variances have a limit, and the exponent is one of the slow."""

    def of(ratio):
        populations = {
            "a": dmft.Population(fraction=0.5),
            "b": dmft.Population(dynamics=dmft.Leaky(ratio), fraction=0.5),
        }
        solution = dmft.solve_stationary(dmft.Network(populations, dmft.Random([[2.0, 1.0], [1.0, 2.0]])))
        return solution, dmft.lyapunov_exponent(solution)

    (near, slow), (far, exponent) = of(1e6), of(ratio)
    np.testing.assert_allclose(far.variance, near.variance, atol=0.1 / ratio + 2.0 * far.convergence.error)
    limit = float(slow) * 1e6 / ratio
    assert abs(float(exponent) - limit) <= exponent.numerical_error + 1e-2 * limit
    assert exponent.numerical_error < 1e-9


def test_growth_beyond_the_digits_of_erf_is_growth():
    """The averages of erf at a variance of 1e20 and a correlation that rounds to 1."""
    populations = {
        "a": dmft.Population(dmft.ReLU(), drive=dmft.WhiteNoise(0.3), fraction=0.77),
        "b": dmft.Population(dmft.Erf(), dmft.Leaky(1.3), bias=-0.1, drive=dmft.WhiteNoise(0.2)),
    }
    couplings = dmft.Couplings(dmft.Random([[0.2, 2.3], [1.1, 1.1]]), dmft.Mean([[3.4, 0.6], [-0.5, 0.3]]))
    with pytest.raises(dmft.NotConvergedError, match="grows without limit"):
        dmft.solve_stationary(dmft.Network(populations, couplings))
