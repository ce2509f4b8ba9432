"""Discrete time where the answer is known: rest, linear units, one population, splitting, cycles, deep networks."""

import itertools
import math

import numpy as np
import pytest

import dmft


def one(g=1.6, phi=None, **population):
    return dmft.Network(dmft.Population(phi or dmft.Tanh(), dmft.Map(), **population), dmft.Random(g))


def test_rest_and_its_edge():
    for g in (0.0, 0.5, 1.0):
        solution = dmft.solve_stationary(one(g) if g else dmft.Network(dmft.Population(dynamics=dmft.Map())))
        assert solution.state == "quiescent"
        assert solution.variance == 0.0
        assert dmft.lyapunov_exponent(solution) == pytest.approx(math.log(g) if g else -math.inf, abs=1e-14)
    near = dmft.solve_stationary(one(1.001))
    assert near.state == "chaotic"
    # c0 = eps (1 + ...): g^2 <tanh^2> = g^2 (v - 2 v^2)
    assert near.variance == pytest.approx(1e-3, rel=2e-3)
    assert dmft.lyapunov_exponent(near) > 0


def test_inputs_alone():
    population = dmft.Population(dmft.Tanh(), dmft.Map(), drive=dmft.WhiteNoise(0.3), bias=0.7, threshold_variance=0.4)
    solution = dmft.solve_stationary(dmft.Network(population))
    assert solution.variance == pytest.approx(0.7, rel=1e-14)
    assert solution.static_variance == pytest.approx(0.4, rel=1e-14)
    assert solution.mean_x == 0.7
    assert dmft.effective_dimension(solution, "x") == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("g", [0.3, 0.8, 0.95])
def test_linear_units(g):
    solution = dmft.solve_stationary(one(g, dmft.Linear(), drive=dmft.WhiteNoise(0.5), threshold_variance=0.2))
    assert solution.variance == pytest.approx(0.7 / (1 - g**2), rel=1e-12)
    assert solution.static_variance == pytest.approx(0.2 / (1 - g**2), rel=1e-12)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(math.log(g), abs=1e-13)
    assert dmft.effective_dimension(solution) == pytest.approx(1 - g**4, rel=1e-12)
    assert dmft.effective_dimension(solution, "x") == pytest.approx(1 - g**4, rel=1e-12)


@pytest.mark.long
def test_unbounded_activity_has_no_solution():
    for network in (one(1.1, dmft.Linear(), drive=dmft.WhiteNoise(0.5)), one(1.5, dmft.ReLU(), bias=1.0)):
        with pytest.raises(dmft.NotConvergedError, match="no bounded solution"):
            dmft.solve_stationary(network)


@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf(), dmft.Symbolic("tanh(3*x) + 0.2*x/(1+x**2)")])
def test_dimension_of_one_population(phi):
    """PR/N of phi is 1 - q^2, q = g^2 <phi'>^2, without a frozen part (sheet 6.3)."""
    solution = dmft.solve_stationary(one(1.7, phi, drive=dmft.WhiteNoise(0.2)))
    q = (1.7 * solution.mean_slope) ** 2
    assert dmft.effective_dimension(solution) == pytest.approx(1 - q**2, rel=1e-9)
    own = solution.blocks.K[0, 0]
    assert own == pytest.approx(1.7**2)


def test_splitting_and_order_change_nothing():
    phi = dmft.Symbolic("(1 + tanh(2*x))/2")

    def population(fraction, h, drive):
        return dmft.Population(
            phi, dmft.Map(), bias=h, fraction=fraction, threshold_variance=0.2, drive=dmft.WhiteNoise(drive)
        )

    def couplings(g, m):
        return dmft.Couplings(dmft.Random(g), dmft.Mean(m))

    two = dmft.Network(
        {"a": population(0.6, 0.3, 0.1), "b": population(0.4, -0.2, 0.5)},
        couplings([[3.0, 2.0], [2.5, 1.0]], [[1.0, -2.0], [1.5, -1.0]]),
    )
    three = dmft.Network(
        {"a1": population(0.25, 0.3, 0.1), "b": population(0.4, -0.2, 0.5), "a2": population(0.35, 0.3, 0.1)},
        couplings(
            [[3.0, 2.0, 3.0], [2.5, 1.0, 2.5], [3.0, 2.0, 3.0]], [[1.0, -2.0, 1.0], [1.5, -1.0, 1.5], [1.0, -2.0, 1.0]]
        ),
    )
    x, y = dmft.solve_stationary(two), dmft.solve_stationary(three)
    for name in ("mean_x", "variance", "static_variance", "mean_phi"):
        np.testing.assert_allclose(getattr(y, name), getattr(x, name)[[0, 1, 0]], rtol=1e-11)
    assert dmft.lyapunov_exponent(x) == pytest.approx(dmft.lyapunov_exponent(y), abs=1e-12)
    for of in ("phi", "x"):
        assert dmft.effective_dimension(x, of) == pytest.approx(dmft.effective_dimension(y, of), rel=1e-10)
    merged = np.asarray(dmft.covariance_blocks(y, "x"))
    joined = np.array([[1, 0], [0, 1], [1, 0]])
    np.testing.assert_allclose(joined.T @ merged @ joined, dmft.covariance_blocks(x, "x"), rtol=1e-10)


def test_a_probe_is_not_heard_and_a_deaf_population_keeps_its_input():
    alone = dmft.solve_stationary(one(1.6))
    probed = dmft.solve_stationary(
        dmft.Network(
            {
                "body": dmft.Population(dmft.Tanh(), dmft.Map()),
                "probe": dmft.Population(dmft.Erf(), dmft.Map(), fraction=0.0),
            },
            dmft.Random([[1.6, 5.0], [0.8, 5.0]]),
        )
    )
    assert probed.variance[0] == pytest.approx(alone.variance, rel=1e-12)
    assert probed.variance[1] == pytest.approx(alone.variance / 4, rel=1e-12)
    assert dmft.effective_dimension(probed) == pytest.approx(dmft.effective_dimension(alone), rel=1e-10)
    deaf = dmft.solve_stationary(
        dmft.Network(
            {
                "a": dmft.Population(dmft.Tanh(), dmft.Map(), fraction=0.5),
                "b": dmft.Population(dmft.Tanh(), dmft.Map()),
            },
            dmft.Random([[0.0, 0.0], [1.0, 2.2]]),
        )
    )
    assert deaf.variance[0] == 0.0
    assert deaf.variance[1] == pytest.approx(dmft.solve_stationary(one(2.2 / math.sqrt(2))).variance, rel=1e-12)
    assert 0 < dmft.effective_dimension(deaf) < 1


def test_strong_inhibition_goes_round_a_cycle():
    """The steady state exists and is left: it must not say that it converged; the transient goes round the cycle."""
    population = dmft.Population(dmft.Tanh(), dmft.Map(), bias=1.0)
    network = dmft.Network(population, dmft.Couplings(dmft.Random(0.5), dmft.Mean(-6.0)))
    with pytest.raises(dmft.NotConvergedError, match="cycle of 2 steps") as caught:
        dmft.solve_stationary(network)
    best = caught.value.solution
    assert best.convergence.status is dmft.Status.NO_SOLUTION
    assert best.stable is False
    path = dmft.solve_nonstationary(network, 80, init=(0.5, 0.5))
    assert abs(path.mean_x[-1] - path.mean_x[-2]) > 1.0
    assert path.mean_x[-1] == pytest.approx(path.mean_x[-3], abs=1e-9)
    assert path.state == "transient"
    mild = dmft.Network(population, dmft.Couplings(dmft.Random(0.5), dmft.Mean(-0.8)))
    assert dmft.solve_stationary(mild).stable


def test_several_states():
    network = dmft.Network(dmft.Population(dmft.Tanh(), dmft.Map()), dmft.Couplings(dmft.Random(0.8), dmft.Mean(1.6)))
    up = dmft.solve_stationary(network)
    assert up.others == 1  # its mirror image; the state at rest is left
    assert up.mean_x == pytest.approx(1.162521822, abs=1e-8)  # F1: fixed points know no time
    assert up.variance == pytest.approx(0.386226579, abs=1e-8)
    down = dmft.solve_stationary(network, init=dmft.solve_stationary(network.replace(**{"populations.bias": -0.3})))
    assert down.mean_x == pytest.approx(-up.mean_x, rel=1e-10)


def test_deep_network():
    """Layers are times: sigma_w = g, sigma_b^2 a noise shared by the inputs; Schoenholz et al.'s edge of chaos."""
    sigma_b2, g = 0.05, 1.9
    deep = one(g, drive=dmft.WhiteNoise(sigma_b2))
    recurrent = one(g, threshold_variance=sigma_b2)
    states = [dmft.solve_stationary(network) for network in (deep, recurrent)]
    assert states[0].variance == pytest.approx(states[1].variance, rel=1e-13)
    assert dmft.lyapunov_exponent(states[0]) == pytest.approx(dmft.lyapunov_exponent(states[1]), abs=1e-13)
    # Two inputs: c* of the correlation map, c* = g^2 q(c*) + sigma_b^2, is the frozen part of the recurrent network.
    q = states[1].variance
    path = dmft.solve_nonstationary(deep, 120, init=(0.0, q), method=dmft.StepByStep(overlap=0.3 * q))
    assert path.overlap[-1] == pytest.approx(states[1].static_variance, rel=1e-7)
    # Along c1 - c12 the growth is e^{2 lambda} as long as they differ little.
    close = dmft.solve_nonstationary(deep, 6, init=(0.0, q), method=dmft.StepByStep(overlap=q * (1 - 1e-5)))
    gap = close.variance - close.overlap
    assert 0.5 * math.log(gap[3] / gap[2]) == pytest.approx(dmft.lyapunov_exponent(states[0]), abs=1e-4)


@pytest.mark.long
def test_edge_of_chaos_is_a_critical_line():
    """On lambda = 0: g^2 <phi'^2> = 1, with the variance that holds itself."""
    line = dmft.critical_line(
        one(1.5, threshold_variance=0.1),
        along={"populations.threshold_variance": [0.01, 0.2]},
        over={"couplings.random.g": (1.0, 3.0)},
        observable=dmft.lyapunov_exponent,
    )
    z = np.arange(-1200, 1201) / 120
    w = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) / 120
    for s, g in zip((0.01, 0.2), line["couplings.random.g"].values):
        v = 1.0
        for _ in range(5000):
            v = g**2 * float(w @ np.tanh(math.sqrt(v) * z) ** 2) + s
        assert g**2 * float(w @ np.cosh(math.sqrt(v) * z) ** -4.0) == pytest.approx(1.0, abs=1e-6)


def test_transient_is_the_map():
    """Covariances of any two steps, the common drive and the overlap, against the map written out for one pair."""
    drive = dmft.WhiteNoise(0.2) + dmft.OfTime(lambda t: 0.3 * np.sin(2 * np.pi * t / 4), period=4.0)
    network = one(1.4, dmft.Symbolic("(1 + tanh(2*x))/2"), drive=drive, threshold_variance=0.3)
    path = dmft.solve_nonstationary(
        network, 12, init=(0.2, 0.6), method=dmft.StepByStep(overlap=0.1, shared_noise=False)
    )
    z = np.arange(-240, 241) / 30
    w = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) / 30

    def phi(x):
        return (1 + np.tanh(2 * x)) / 2

    def product(m1, v1, m2, v2, c):
        x = m1 + math.sqrt(v1) * z[:, None]
        r = c / math.sqrt(v1 * v2)
        y = m2 + math.sqrt(v2) * (r * z[:, None] + math.sqrt(max(1 - r * r, 0)) * z)
        return float(np.einsum("i,ij,j,i->", w, phi(y), w, phi(x[:, 0])))

    m, v, c, late = [0.2], [0.6], [0.1], {}
    late[0, 0] = 0.6
    for t in range(12):
        now = [product(m[t], v[t], m[s], v[s], late[t, s]) for s in range(t + 1)]
        c.append(1.96 * product(m[t], v[t], m[t], v[t], c[t]) + 0.3)
        m.append(0.3 * math.sin(2 * math.pi * (t + 1) / 4))
        late[t + 1, 0] = 0.0
        for s in range(t + 1):
            late[t + 1, s + 1] = 1.96 * now[s] + 0.3 + 0.2 * (s == t)
        v.append(late[t + 1, t + 1])
    np.testing.assert_allclose(path.variance, v, rtol=1e-11)
    np.testing.assert_allclose(path.mean_x, m, atol=1e-13)
    np.testing.assert_allclose(path.overlap, c, rtol=1e-9)
    for (t, s), value in late.items():
        assert path.covariance[t, s] == pytest.approx(value, abs=1e-9)
    windowed = dmft.solve_nonstationary(network, 12, init=(0.2, 0.6), method=dmft.StepByStep(window=3))
    np.testing.assert_allclose(windowed.band, path.band[:, :4], rtol=1e-12)


def test_transient_reaches_the_stationary_state():
    network = dmft.Network(
        {
            "a": dmft.Population(dmft.Tanh(), dmft.Map(), fraction=0.4, drive=dmft.OrnsteinUhlenbeck(0.5, 2.0)),
            "b": dmft.Population(dmft.Erf(), dmft.Map(), bias=0.3, threshold_variance=0.2),
        },
        dmft.Couplings(dmft.Random([[1.2, 0.8], [1.0, 0.9]]), dmft.Mean([[0.5, -1.0], [0.4, -0.2]])),
    )
    state, path = dmft.solve_stationary(network), dmft.solve_nonstationary(network, 60)
    np.testing.assert_allclose(path.mean_x[:, -1], state.mean_x, atol=1e-9)
    np.testing.assert_allclose(path.band[:, -1, :6], state.cov_x_at(np.arange(6.0)), rtol=1e-7)
    assert state.convergence.error < 1e-11


def test_steep_and_kinked_units():
    """Held against an average by scipy with the kinks as breaks."""
    from scipy.integrate import quad

    phi = dmft.Symbolic("Max(0, Min(1, 20*x))")
    network = one(1.3, phi, bias=0.1, drive=dmft.WhiteNoise(0.05))
    solution = dmft.solve_stationary(network)

    def step(v):
        s = math.sqrt(v)
        breaks = sorted((x - 0.1) / s for x in (0.0, 0.05))
        pieces = [-12.0, *breaks, 12.0]
        value = sum(
            quad(lambda z: min(max(20 * (0.1 + s * z), 0), 1) ** 2 * math.exp(-z * z / 2), a, b, epsabs=1e-14)[0]
            for a, b in itertools.pairwise(pieces)
        )
        return 1.69 * value / math.sqrt(2 * math.pi) + 0.05

    v = 1.0
    for _ in range(200):
        v = step(v)
    assert solution.variance == pytest.approx(v, rel=1e-10)
    assert abs(solution.variance / v - 1) <= solution.convergence.error + 1e-12


@pytest.mark.parametrize("eps", [1e-6, 1e-4, 1e-2])
def test_onset(eps):
    """tanh just beyond g = 1: v = g^2 (v - 2 v^2 + 17 v^3/3) gives c0 = eps, lambda = 2 eps^2/3 to leading order."""
    solution = dmft.solve_stationary(one(1 + eps))
    assert solution.state == "chaotic"
    assert solution.variance == pytest.approx(eps, rel=2 * eps)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(2 * eps**2 / 3, rel=6 * eps + 1e-4)


def test_rates_that_average_out():
    """sin(5 x) of a wide x: no slope on average, so that units share nothing."""
    solution = dmft.solve_stationary(one(3.0, dmft.Symbolic("sin(5*x)")))
    assert dmft.effective_dimension(solution) == pytest.approx(1.0, rel=1e-12)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(math.log(3.0 * 5.0 / math.sqrt(2.0)), rel=1e-9)


def test_slow_noise():
    """Noise that hardly changes within the memory: the covariance of near steps is all but the variance."""
    solution = dmft.solve_stationary(one(1.5, drive=dmft.OrnsteinUhlenbeck(1.0, 1e4)))
    z = np.arange(-240, 241) / 30
    w = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) / 30
    v, c = solution.variance, float(solution.cov_x_at(3.0))
    shared = np.tanh(math.sqrt(c) * z[:, None] + math.sqrt(v - c) * z) @ w
    assert c == pytest.approx(2.25 * float(w @ shared**2) + math.exp(-3e-4), rel=1e-9)
