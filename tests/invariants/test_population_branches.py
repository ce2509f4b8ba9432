"""No static state of a network of populations is missed, and none is of the way in which populations are written.

One population, its couplings with a mean of either sign: all roots of m = h + M <phi>, c = g^2 <phi^2> + s are found
here by a scan of m and c, by a trapezoidal rule that shares nothing with the package.
"""

import math

import numpy as np
import pytest
from scipy.optimize import root

import dmft
from dmft.theories.blocks import blocks_of
from dmft.theories.static_states import static_states

Z, FINE = np.linspace(-9.0, 9.0, 601), np.linspace(-9.0, 9.0, 2401)  # of the scan; of its roots, where phi is steep
W, FINE_W = (np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) * (z[1] - z[0]) for z in (Z, FINE))


def drawn(number):
    """g, mean of the couplings, bias, variance of thresholds, and phi as an expression, of network `number`."""
    rng = np.random.default_rng([20261128, number])

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
    g, mean, bias = np.exp(rng.uniform(-1, 1.3)), rng.uniform(-6, 6), rng.uniform(-1, 1)
    spread = rng.uniform(0, 0.5) * (rng.random() < 0.5)
    return *(float(np.round(x, 3)) for x in (g, mean, bias, spread)), text


def plain(text):
    code = compile(text, "phi", "eval")
    return lambda x: eval(code, {"x": x, "tanh": np.tanh, "exp": np.exp}) + 0.0 * x


def by_scan(g, mean, bias, spread, phi, n=100):
    """All (m, c), c > 1e-9, near cells of a grid at whose corners both equations change sign."""
    top = np.abs(phi(np.linspace(-30, 30, 4001))).max()
    reach = abs(mean) * top * 1.01
    graded = reach * np.sinh(np.linspace(-1, 1, n) * math.asinh(20.0)) / 20.0
    m = bias + np.unique(np.concatenate([graded, np.linspace(-reach, reach, n)]))
    c = spread + np.concatenate([[1e-12], np.geomspace(1e-6, 1.0, n) * ((g * top) ** 2 * 1.02 + 1e-9)])
    first, second = np.empty((2, len(m), len(c)))
    for j, variance in enumerate(c):
        f = phi(m[:, None] + math.sqrt(variance) * Z)
        first[:, j], second[:, j] = m - bias - mean * (f @ W), variance - spread - g * g * ((f * f) @ W)

    def mixed(a):
        corners = np.stack([a[1:, 1:], a[1:, :-1], a[:-1, 1:], a[:-1, :-1]])
        return (corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0)

    def left(v):
        f = phi(v[0] + math.sqrt(abs(v[1])) * FINE)
        variance = spread + g * g * ((f * f) @ FINE_W)
        return [v[0] - bias - mean * (f @ FINE_W), (abs(v[1]) - variance) / max(abs(v[1]), 1e-8)]

    found = []
    for i, j in np.argwhere(mixed(first) & mixed(second)):
        at = root(left, [(m[i] + m[i + 1]) / 2, (c[j] + c[j + 1]) / 2], tol=1e-13).x
        at = np.array([at[0], abs(at[1])])
        if np.max(np.abs(left(at))) < 1e-8 and at[1] > 1e-9 and not any(near(at, other) for other in found):
            found.append(at)
    return found


def near(one, two):
    return np.max(np.abs(one - two)) < 1e-5 * (1e-2 + np.max(np.abs(one)))


def points(found):
    return [np.concatenate([s.m, s.c0]) for s in found.states]


DEFAULT = (7, 12)  # of three and five states
NUMBERS = [pytest.param(n, marks=() if n in DEFAULT else pytest.mark.long) for n in range(50)]


@pytest.mark.long
@pytest.mark.parametrize("number", NUMBERS)
def test_every_root_of_a_dense_scan_is_found(number):
    g, mean, bias, spread, text = drawn(number)
    population = dmft.Population(dmft.Symbolic(text), bias=bias, threshold_variance=spread)
    net = dmft.Network(population, dmft.Couplings(dmft.Random(g), dmft.Mean(mean)))
    found = static_states(blocks_of(net))
    right = by_scan(g, mean, bias, spread, plain(text))
    assert right
    for state in right:
        assert any(near(state, own) for own in points(found))
    assert found.complete
    assert found.degree == 1


def two_populations(means=5.0):
    sigmoid = dmft.Symbolic("(1+tanh(2*x))/2")
    return dmft.Network(
        {
            "E": dmft.Population(sigmoid, dmft.Leaky(1.0), fraction=0.7, bias=-1.5, threshold_variance=0.1),
            "I": dmft.Population(dmft.Tanh(), dmft.Leaky(0.5), bias=0.2),
        },
        dmft.Couplings(dmft.Random([[0.6, 0.5], [0.6, 0.8]]), dmft.Mean([[means, -1.0], [1.0, -0.5]])),
    )


def test_a_population_may_be_split():
    sigmoid = dmft.Symbolic("(1+tanh(2*x))/2")
    whole = static_states(blocks_of(two_populations()))
    split = dmft.Network(
        {
            "E1": dmft.Population(sigmoid, dmft.Leaky(1.0), fraction=0.3, bias=-1.5, threshold_variance=0.1),
            "E2": dmft.Population(sigmoid, dmft.Leaky(1.0), fraction=0.4, bias=-1.5, threshold_variance=0.1),
            "I": dmft.Population(dmft.Tanh(), dmft.Leaky(0.5), bias=0.2),
        },
        dmft.Couplings(
            dmft.Random([[0.6, 0.6, 0.5], [0.6, 0.6, 0.5], [0.6, 0.6, 0.8]]),
            dmft.Mean([[5.0, 5.0, -1.0], [5.0, 5.0, -1.0], [1.0, 1.0, -0.5]]),
        ),
    )
    parts = static_states(blocks_of(split))
    assert len(whole.states) == len(parts.states) == 3
    for one, two in zip(whole.states, parts.states, strict=True):
        np.testing.assert_allclose(two.m[[0, 2]], one.m, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(two.m[1], one.m[0], rtol=1e-10)
        np.testing.assert_allclose(two.c0[[0, 2]], one.c0, rtol=1e-10)
        assert two.spread == pytest.approx(one.spread, rel=1e-10)
        np.testing.assert_allclose(two.outliers, one.outliers, atol=1e-9)
        assert two.stable == one.stable


@pytest.mark.long
def test_a_fold_in_the_means_is_where_an_eigenvalue_vanishes():
    # Between two and none: where the two upper states meet, an eigenvalue of the means and covariances passes zero.
    low, high = 4.0, 5.0
    for _ in range(8):
        middle = 0.5 * (low + high)
        several = len(static_states(blocks_of(two_populations(middle))).states) == 3
        low, high = (low, middle) if several else (middle, high)
    near_fold = static_states(blocks_of(two_populations(high)))
    pair = sorted(near_fold.states, key=lambda s: float(np.min(np.abs(s.eigenvalues))))[:2]
    assert [s.sign for s in pair].count(1) == 1
    for state in pair:
        assert np.min(np.abs(state.eigenvalues)) < 0.1
    (other,) = (s for s in near_fold.states if s not in pair)
    assert np.min(np.abs(other.eigenvalues)) > 0.2


def test_time_constants_do_not_move_states_but_their_rates():
    net = two_populations()
    slow = net.replace(**{"populations.E.dynamics": dmft.Leaky(3.0), "populations.I.dynamics": dmft.Leaky(1.5)})
    for one, two in zip(static_states(blocks_of(net)).states, static_states(blocks_of(slow)).states, strict=True):
        np.testing.assert_allclose(two.m, one.m, rtol=1e-11)
        np.testing.assert_allclose(3.0 * two.outliers, one.outliers, atol=1e-9)
        assert 3.0 * two.bulk.abscissa == pytest.approx(one.bulk.abscissa, rel=1e-9)


def test_the_same_states_in_each_call():
    one, two = (static_states(blocks_of(two_populations())) for _ in range(2))
    assert [s.m.tolist() for s in one.states] == [s.m.tolist() for s in two.states]


@pytest.mark.long
@pytest.mark.parametrize("gain", [3.5, 7.7])
def test_one_population_by_both_theories(gain):
    """tanh^3: rest, fixed points and chaotic states, stable or not by their energy, and by determinants here."""
    phi = dmft.Symbolic("tanh(x)**3")
    right = dmft.branches(dmft.RandomNetwork(gain, phi))
    found = dmft.branches(dmft.Network({"a": dmft.Population(phi)}, dmft.Couplings(dmft.Random(gain))))
    assert [b.solution.state for b in found] == [b.solution.state for b in right]
    assert [b.stable for b in found] == [b.stable for b in right]
    for one, two in zip(found, right, strict=True):
        assert float(one.solution.variance[0]) == pytest.approx(two.solution.variance, rel=1e-7)


@pytest.mark.parametrize("phi", [dmft.Erf(), pytest.param(dmft.ReLU(), marks=pytest.mark.long)])
def test_one_inhibited_population_by_both_theories(phi):
    """A mean of x that is not 0: the balanced theory's energy, and static states and determinants here."""
    population, couplings = dmft.Population(phi, bias=0.3), dmft.Couplings(dmft.Random(2.0), dmft.Mean(-2.0))
    right = dmft.branches(dmft.Network(population, couplings))
    found = dmft.branches(dmft.Network({"a": population}, couplings))
    assert [b.solution.state for b in found] == [b.solution.state for b in right]
    assert [b.stable for b in found] == [b.stable for b in right]
    for one, two in zip(found, right, strict=True):
        assert float(one.solution.variance[0]) == pytest.approx(two.solution.variance, rel=1e-7)
        assert float(one.solution.mean_x[0]) == pytest.approx(two.solution.mean_x, rel=1e-7)
