"""`dmft.branches` misses no state, and of several the choice of `solve_stationary` is the stated one.

Random networks with one to three fixed points, drawn once for all. All roots of c = g^2 <phi^2> are found here by a
scan of 2000 variances with a trapezoidal rule that shares nothing with the package.
"""

import math

import numpy as np
import pytest

import dmft

R, S = dmft.RandomNetwork, dmft.Symbolic
Z = np.linspace(-9.0, 9.0, 6001)
WEIGHT = np.exp(-0.5 * Z * Z) / math.sqrt(2 * math.pi) * (Z[1] - Z[0])


def drawn(number):
    """Network `number`: g, an expression, and the same function in numpy."""
    rng = np.random.default_rng([20261127, number])

    def term():
        a, b, c, d = rng.uniform(-2, 2), rng.uniform(0.3, 3), rng.uniform(-1.5, 1.5), rng.uniform(-0.3, 0.3)
        kind = rng.integers(4)
        if kind == 0:
            return f"({a:.3f})*tanh({b:.3f}*(x-({c:.3f})))+({d:.3f})"
        if kind == 1:
            return f"({2 * a:.3f})*x*exp(-({b:.3f}*x)**2)"
        if kind == 2:
            return f"({a:.3f})*tanh({b:.3f}*x)**3"
        return f"({a:.3f})*(tanh({b:.3f}*(x-({c:.3f})))+tanh({b:.3f}*({c:.3f})))"

    text = "+".join(term() for _ in range(rng.integers(1, 3)))
    return float(np.round(np.exp(rng.uniform(-1.0, 1.8)), 3)), text


def plain(text):
    code = compile(text, "phi", "eval")
    return lambda x: eval(code, {"x": x, "tanh": np.tanh, "exp": np.exp}) + 0.0 * x


def fixed_points_by_scan(g, phi):
    """Variances at which c = g^2 <phi^2> on a dense grid of log c, refined by bisection."""

    def excess(log_c):
        return math.log(max(g * g * float(WEIGHT @ phi(math.exp(0.5 * log_c) * Z) ** 2), 1e-300)) - log_c

    grid = np.linspace(math.log(1e-9), math.log(4e3), 2000)
    values = [excess(x) for x in grid]
    found = []
    for a, b, fa, fb in zip(grid, grid[1:], values, values[1:], strict=False):
        if fa * fb < 0:
            for _ in range(50):
                middle = 0.5 * (a + b)
                if fa * excess(middle) > 0:
                    a = middle
                else:
                    b = middle
            found.append((math.exp(a), fb > 0))
    return found


DEFAULT = (2, 3)  # of tenths of a second
NUMBERS = [pytest.param(n, marks=() if n in DEFAULT else pytest.mark.long) for n in range(50)]


@pytest.fixture(scope="module", params=NUMBERS)
def network(request):
    g, text = drawn(request.param)
    network = R(g, S(text))
    return network, plain(text), dmft.branches(network)


def still(found):
    return [b for b in found if b.solution.state == "fixed point"]


def test_no_fixed_point_is_missed(network):
    net, phi, found = network
    right = fixed_points_by_scan(net.g, phi)
    own = [b for b in still(found) if 1e-9 < b.solution.variance < 4e3]
    assert [b.solution.variance for b in own] == pytest.approx([c for c, _ in right], rel=1e-7)
    assert found.complete
    for branch, (c, rising) in zip(own, right, strict=True):
        x = math.sqrt(c) * Z
        slope = (phi(x + 1e-5) - phi(x - 1e-5)) / 2e-5
        growth = net.g**2 * float(WEIGHT @ slope**2)
        assert branch.stable == (growth <= 1.0 and not rising)


def test_moving_states_have_no_energy_at_the_turn(network):
    # C'(0) = 0: (C(0)^2 - c_inf^2)/2 = g^2 int_{c_inf}^{C(0)} <phi phi> dc, c_inf = g^2 <phi phi>(c_inf), the averages
    # by the Mehler series with coefficients from the trapezoidal rule.
    net, phi, found = network
    for branch in found:
        s = branch.solution
        if s.state != "chaotic":
            continue
        c0, g2 = s.variance, net.g**2
        squares = mehler(phi, c0)
        if np.sum(squares[-100:]) > 1e-10 * np.sum(squares):
            continue  # phi is too steep at this variance for a series of 800 terms to be a reference
        n = np.arange(len(squares))
        c_inf = s.corr_x_at(60.0 / s.decay_rate)
        r = np.array([c_inf / c0, 1.0])
        assert abs(g2 * float(squares @ r[0] ** n) - c_inf) <= 1e-7 * c0
        below, above = (c0 * float(squares / (n + 1) @ q ** (n + 1)) for q in r)
        assert abs(0.5 * (c0**2 - c_inf**2) - g2 * (above - below)) <= 1e-7 * c0**2


def mehler(phi, c0, terms=800):
    values = phi(math.sqrt(c0) * Z)
    low, high, squares = np.ones_like(Z), Z.copy(), []
    for n in range(terms):
        squares.append(float(WEIGHT @ (values * low)) ** 2)
        low, high = high, (Z * high - math.sqrt(n + 1) * low) / math.sqrt(n + 2)
    squares.append(max(float(WEIGHT @ values**2) - sum(squares), 0.0))
    return np.array(squares)


def test_the_stable_state_of_least_variance_is_taken(network):
    net, _, found = network
    stable = [b.solution for b in found.stable]
    if not stable:
        with pytest.raises(dmft.NotConvergedError):
            dmft.solve_stationary(net)
        return
    chosen = dmft.solve_stationary(net)
    assert chosen.state == stable[0].state
    assert chosen.variance == pytest.approx(stable[0].variance, rel=1e-8, abs=1e-14)
    for right in stable:
        followed = dmft.solve_stationary(net, init=right)
        assert followed.state == right.state
        assert followed.variance == pytest.approx(right.variance, rel=1e-8, abs=1e-14)


def test_a_weak_drive_does_not_change_the_choice(network):
    net, _, found = network
    if not found.stable:
        return
    silent = dmft.solve_stationary(net)
    growth = net.g**2 * silent.mean_square_slope
    noisy = dmft.solve_stationary(net.replace(drive=dmft.WhiteNoise(1e-6)))
    # A state at rest or static answers with its susceptibility: at most 1e-6/(1 - growth) near the transition.
    slack = 1e-3 * silent.variance + 1e-4 / max(1.0 - growth, 1e-2) if silent.state != "chaotic" else 0.0
    assert noisy.variance == pytest.approx(silent.variance, rel=1e-4, abs=slack)


def test_two_states_of_a_cube():
    # tanh^3: x = 0 is stable at every gain; from g = 3.2 or so on a chaotic state exists beside it.
    net, drive = R(7.7, S("tanh(x)**3")), dmft.WhiteNoise(1e-6)
    assert dmft.solve_stationary(net).state == "quiescent"
    weak = dmft.solve_stationary(net.replace(drive=drive))
    assert weak.variance < 1e-5
    moving = dmft.solve_stationary(net.replace(drive=drive), init=dmft.solve_stationary(R(7.7)))
    assert moving.variance == pytest.approx(40.3, abs=0.05)
    back = dmft.solve_stationary(net, init=moving)
    assert back.state == "chaotic"
    assert back.variance == pytest.approx(moving.variance, rel=1e-8)
    assert back.others == 1


@pytest.mark.long
def test_all_states_of_a_cube():
    found = dmft.branches(R(7.7, S("tanh(x)**3")))
    assert [b.solution.state for b in found.stable] == ["quiescent", "chaotic"]
    assert found.complete
    assert not all(b.stable for b in found)  # a fixed point or an orbit parts the two


@pytest.mark.long
def test_stability_of_fixed_points_in_a_network():
    # 1200 neurons relaxed to a fixed point: the rightmost eigenvalue of -1 + J diag(phi'(x)) beside the theory's bulk.
    from scipy.linalg import eigvals

    for g in (0.6, 0.9):
        found = dmft.branches(R(g, S("1+tanh(x)")))
        (branch,) = still(found)
        rng = np.random.default_rng(8)
        n = 1200
        couplings = rng.normal(size=(n, n)) * g / math.sqrt(n)
        x = rng.normal(size=n)
        for _ in range(400):
            x += 0.3 * (couplings @ (1.0 + np.tanh(x)) - x)
        assert np.max(np.abs(couplings @ (1.0 + np.tanh(x)) - x)) < 1e-6
        assert branch.stable
        assert float(np.mean(x**2)) == pytest.approx(branch.solution.variance, rel=0.15)
        edge = float(np.max(eigvals(couplings / np.cosh(x) ** 2).real))
        assert edge - 1.0 == pytest.approx(float(dmft.lyapunov_exponent(branch.solution)), abs=0.05)


@pytest.mark.parametrize("gain", [0.1, 0.409])
def test_two_fixed_points_of_the_exponential(gain):
    """c = g^2 exp(2 c): c = -W(-2 g^2)/2 on both branches of Lambert's W; g^2 <phi'^2> = c, and the upper one repels
    even where that is below 1: a larger variance grows further."""
    from scipy.special import lambertw

    found = still(dmft.branches(R(gain, S("exp(x)"))))
    right = [-0.5 * lambertw(-2.0 * gain**2, k).real for k in (0, -1)]
    assert [b.solution.variance for b in found] == pytest.approx(right, rel=1e-11)
    assert [b.stable for b in found] == [True, False]
    assert 0.5 < right[1] < 1.0 or gain == 0.1
