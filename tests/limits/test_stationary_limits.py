"""Phases in which the stationary theory can be solved by hand, the trivial one first."""

import math

import numpy as np
import pytest

import dmft


@pytest.mark.parametrize(("nonlinearity", "slope"), [(dmft.Tanh(), 1.0), (dmft.Erf(), 1.0), (dmft.ReLU(), 0.5**0.5)])
@pytest.mark.parametrize("g", [0.3, 0.9])
def test_quiescent_state(nonlinearity, slope, g):
    solution = dmft.solve_stationary(dmft.RandomNetwork(g, nonlinearity))
    assert solution.state == "quiescent"
    assert solution.convergence.converged
    assert np.all(solution.corr_x == 0)
    # A small perturbation obeys the linear network: lambda = g sqrt(<phi'^2>) - 1.
    assert dmft.lyapunov_exponent(solution) == pytest.approx(g * slope - 1, abs=1e-9)
    assert dmft.jacobian_spectrum(solution).abscissa == pytest.approx(g * slope - 1, abs=1e-9)


@pytest.mark.parametrize("intensity", [0.01, 2.0])
@pytest.mark.parametrize("g", [0.2, 0.95])
def test_linear_network_with_noise(g, intensity):
    network = dmft.RandomNetwork(g, dmft.Linear(), dmft.WhiteNoise(intensity))
    solution = dmft.solve_stationary(network)
    k = math.sqrt(1 - g * g)
    lags = np.array([0.0, 0.7, 5.0, 40.0])
    assert solution.corr_x_at(lags) == pytest.approx(intensity / (2 * k) * np.exp(-k * lags), rel=1e-11)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(g - 1, abs=1e-10)
    assert solution.state == "driven, stable"


def test_onset_of_chaos():
    # c0 = 2 eps/|phi'''(0)| = eps, C = c0 sech(kappa lag), kappa = eps/sqrt 3, lambda = eps^2/2, to leading order;
    # corrections are O(eps), so two values extrapolate to the limit with an error O(eps^2).
    def at(eps):
        solution = dmft.solve_stationary(dmft.RandomNetwork(1 + eps))
        return np.array(
            [
                dmft.lyapunov_exponent(solution) / eps**2,
                solution.variance / eps,
                solution.decay_rate / eps,
                solution.corr_x_at(1.0 / solution.decay_rate) / solution.variance,
            ]
        )

    limit = 2 * at(0.005) - at(0.01)
    assert limit == pytest.approx([0.5, 1.0, 1 / math.sqrt(3), 1 / math.cosh(1.0)], abs=2e-3)


@pytest.mark.parametrize(
    ("g", "intensity"),
    [(1.2, 0.0447682282), (1.5, 0.2761591255), (2.0, 1.0942299908), (3.0, 4.3304825420)],
)
def test_noise_boundary(g, intensity):
    # Schuecker, Goedeke & Helias (2018): lambda = 0 where c0 = g^2 <phi^2>, intensity = 2 sqrt(c0^2 - 2 g^2 Var Phi).
    # The curve itself is computed here from one-dimensional integrals alone, and the printed value checked on the way.
    from scipy.optimize import brentq

    z = np.linspace(-12, 12, 4801)
    weight = np.exp(-z * z / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    phi = dmft.Tanh()

    def edge(c0):
        return c0 - g**2 * np.sum(weight * phi(math.sqrt(c0) * z) ** 2)

    c0 = brentq(edge, 1e-3, 20.0, xtol=1e-15)
    integral = np.log(np.cosh(math.sqrt(c0) * z))
    variance = np.sum(weight * integral**2) - np.sum(weight * integral) ** 2
    exact = 2 * math.sqrt(c0**2 - 2 * g**2 * variance)
    assert exact == pytest.approx(intensity, rel=1e-9)

    solution = dmft.solve_stationary(dmft.RandomNetwork(g, drive=dmft.WhiteNoise(exact)))
    assert solution.variance == pytest.approx(c0, rel=1e-10)
    assert abs(dmft.lyapunov_exponent(solution)) < 1e-9
    assert abs(dmft.lyapunov_exponent(solution, method="riccati")) < 1e-9


def test_static_state_of_a_nonlinearity_with_a_threshold():
    # phi(0) != 0 and small gain: x is a fixed point, its variance c0 = g^2 <phi^2>.
    class Shifted:
        def __call__(self, x):
            return np.tanh(x - 0.5)

        def derivative(self, x):
            return 1 - np.tanh(x - 0.5) ** 2

    solution = dmft.solve_stationary(dmft.RandomNetwork(0.8, Shifted()))
    assert solution.state == "fixed point"
    z, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    x = math.sqrt(solution.variance) * z
    assert solution.variance == pytest.approx(0.64 * np.sum(w * np.tanh(x - 0.5) ** 2), rel=1e-9)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(
        0.8 * math.sqrt(np.sum(w * (1 - np.tanh(x - 0.5) ** 2) ** 2)) - 1, abs=1e-9
    )

    chaotic = dmft.solve_stationary(dmft.RandomNetwork(3.0, Shifted()))
    assert chaotic.state == "chaotic"
    tail = chaotic.corr_x_at(1e4)
    assert tail > 0.01  # a static part: each neuron has a mean of its own
    assert tail == pytest.approx(9 * chaotic.corr_phi_at(1e4), rel=1e-9)


@pytest.mark.parametrize(
    "network",
    [
        dmft.RandomNetwork(1.0 + 1e-6, dmft.Linear()),  # at 1.0 the origin is a state, marginally
        dmft.RandomNetwork(1.2, dmft.Linear(), dmft.WhiteNoise(0.1)),
        dmft.RandomNetwork(2**0.5 + 1e-6, dmft.ReLU()),
        dmft.RandomNetwork(1.6, dmft.ReLU(), dmft.WhiteNoise(1.0)),
        dmft.RandomNetwork(2.0, dmft.ThresholdPower(2), dmft.WhiteNoise(10.0)),
        dmft.RandomNetwork(1.5, dmft.ReLU(), dmft.OrnsteinUhlenbeck(1.0, 1.0)),
    ],
    ids=repr,
)
def test_unbounded_activity_has_no_solution(network):
    with pytest.raises(dmft.NotConvergedError, match="grows without bound") as caught:
        dmft.solve_stationary(network)
    assert caught.value.solution.convergence.status is dmft.Status.NO_SOLUTION


@pytest.mark.parametrize("g", [60.0, 1000.0])
def test_a_step_is_the_limit_of_large_gain(g):
    # phi -> sign: C(0)/g^2 = 2 (1 - 2/pi) and kappa^2 = 1 - 2/(pi C(0)/g^2), with corrections of order 1/g^2.
    solution = dmft.solve_stationary(dmft.RandomNetwork(g=g))
    assert solution.convergence.residual < 1e-10
    level = 2 * (1 - 2 / math.pi)
    assert solution.variance / g**2 == pytest.approx(level, abs=3 / g**2)
    assert solution.decay_rate**2 == pytest.approx(1 - 2 / (math.pi * level), abs=3 / g**2)
    # The curve is an orbit of the arcsine force, C'' = C - (2/pi) g^2 asin(C/C0), away from the bend.
    lags, h = np.linspace(2.0, 10.0, 9), 1e-3
    c = [solution.corr_x_at(lags + s * h) for s in (-1, 0, 1)]
    curvature = (c[0] - 2 * c[1] + c[2]) / h**2
    assert curvature == pytest.approx(c[1] - 2 / math.pi * g**2 * np.arcsin(c[1] / solution.variance), rel=60 / g**2)


@pytest.mark.parametrize(("phi", "g"), [("abs(tanh(x))", 1.3), ("abs(x)/(1+abs(x))", 2.0)])
def test_even_nonlinearities_with_a_kink_have_the_energy_of_their_orbit(phi, g):
    """C'' = -dV/dC with V' = g^2 f(C) - C: what begins at rest in C(0) climbs to where it stays, V(C(0)) = V(C_inf)."""
    solution = dmft.solve_stationary(dmft.RandomNetwork(g, nonlinearity=phi))
    assert solution.convergence.converged
    y = np.linspace(-7.5, 7.5, 1201)
    weights = np.exp(-(y**2) / 2.0)
    weights /= weights.sum()
    own = solution.network.nonlinearity
    nodes, at = np.polynomial.legendre.leggauss(24)
    angle = np.pi / 4.0 * (nodes + 1.0)  # in which both ends are smooth

    def force(c, variance):
        inner = own(np.sqrt(variance - c) * y[None, :] + np.sqrt(c) * y[:, None]) @ weights
        return g**2 * float(weights @ inner**2) - c

    def work(rest, variance):
        """V at the end less V at the beginning, in units of their distance squared."""
        c = rest + (variance - rest) * np.sin(angle) ** 2
        steps = np.sin(2.0 * angle) * at * np.pi / 4.0
        return sum(step * force(float(one), variance) for one, step in zip(c, steps, strict=True)) / (variance - rest)

    variance, rest = solution.variance, solution.static_variance
    assert abs(force(rest, variance)) < 1e-4 * (variance - rest)
    assert abs(work(rest, variance)) < 1e-3
    assert abs(work(rest, rest + 1.05 * (variance - rest))) > 1e-2  # five percent would be seen
