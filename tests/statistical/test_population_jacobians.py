"""Eigenvalues of the Jacobian of drawn networks at fixed points, beside outliers, edge and fractions of the theory.

The networks are written out here in numpy: nothing of the package is asked but its answer. An outlier scatters from
network to network by about 1/sqrt(N), and its mean has a bias of order 1/N: means over many networks of three sizes
are taken to N = inf on a straight line in 1/N, of weights known from the scatter. That is within two of its standard
errors of the theory, and more than five away from the naive formula, in which J has nothing in common with phi'(x).
Fractions are held within 3.3 standard errors (1 in 1000).
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse.linalg import eigs

import dmft
from dmft.theories.blocks import blocks_of
from dmft.theories.static_states import static_states

pytestmark = pytest.mark.long

LIMIT, SIZE = 3.3, 1000
NETWORKS = {500: 96, 1000: 48, 2000: 24}  # of each size, for the outliers: standard errors that are alike
SIGMOID = dmft.Symbolic("(1+tanh(x))/2")


@dataclass
class Drawn:
    """phi and phi' of both populations, and the parameters of a network."""

    network: dmft.Network
    phi: tuple
    slope: tuple


def tanh_slope(x):
    return 1.0 - np.tanh(x) ** 2


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(x)


def sigmoid_slope(x):
    return 0.5 * tanh_slope(x)


def mean_driven():
    """tanh held aside by its mean; the outlier is real, and 10 of its standard deviations outside the bulk."""
    net = dmft.Network({"a": dmft.Population(dmft.Tanh())}, dmft.Couplings(dmft.Random(0.7), dmft.Mean(1.4)))
    return Drawn(net, (np.tanh,), (tanh_slope,))


def excitation_inhibition():
    """Two time constants and strong means of both signs: the outliers are a complex pair."""
    populations = {
        "E": dmft.Population(SIGMOID, dmft.Leaky(1.0), fraction=0.6, bias=0.6),
        "I": dmft.Population(dmft.Tanh(), dmft.Leaky(2.0), fraction=0.4, bias=-0.3),
    }
    couplings = dmft.Couplings(dmft.Random([[0.9, 0.9], [0.8, 0.8]]), dmft.Mean([[5.0, -8.0], [9.0, -2.0]]))
    return Drawn(dmft.Network(populations, couplings), (sigmoid, np.tanh), (sigmoid_slope, tanh_slope))


def thresholds():
    """F3 of the sheet: no means, tau = (1, 3), thresholds that vary."""
    populations = {
        "a": dmft.Population(
            dmft.Symbolic("tanh(1.2*x)"), dmft.Leaky(1.0), fraction=0.5, bias=0.3, threshold_variance=0.3
        ),
        "b": dmft.Population(dmft.Tanh(), dmft.Leaky(3.0), fraction=0.5, bias=-0.2, threshold_variance=0.1),
    }
    net = dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt([[0.6, 0.5], [0.9, 0.4]]))))
    return Drawn(
        net,
        (lambda x: np.tanh(1.2 * x), np.tanh),
        (lambda x: 1.2 * tanh_slope(1.2 * x), tanh_slope),
    )


def jacobian(drawn, state, seed, size):
    """Jacobian at the fixed point that a network comes to from the theory's law of x."""
    b = blocks_of(drawn.network)
    rng = np.random.default_rng([20261129, size, seed])
    of = np.repeat(np.arange(len(b)), np.rint(size * b.fractions).astype(int))
    n = len(of)
    blocks = np.ix_(of, of)
    couplings = rng.normal(size=(n, n)) * np.sqrt(b.gains[blocks] / n) + b.means[blocks] / n
    inputs = b.bias[of] + np.sqrt(b.threshold_variance[of]) * rng.normal(size=n)

    def at(functions, x):
        return np.select([of == a for a in range(len(b))], [f(x) for f in functions])

    x = state.m[of] + np.sqrt(state.c0[of]) * rng.normal(size=n)
    for _ in range(1000):
        change = 0.2 * (-x + inputs + couplings @ at(drawn.phi, x)) / b.tau[of]
        x += change
        if np.max(np.abs(change)) < 1e-8:
            break
    assert np.max(np.abs(change)) < 1e-6
    return (couplings * at(drawn.slope, x) - np.eye(n)) / b.tau[of][:, None]


def eigenvalues(drawn, state, seed, size=SIZE):
    return np.linalg.eigvals(jacobian(drawn, state, seed, size))


def outlier(drawn, state, seed, size, which):
    """The eigenvalue that stands out, of Im >= 0: "LR" with the largest real part, "LI" with the largest imaginary."""
    matrix = jacobian(drawn, state, seed, size)
    found = eigs(matrix, k=2, which=which, v0=np.ones(len(matrix)), tol=1e-6, return_eigenvectors=False)
    found = found[found.imag >= 0.0]
    return found[np.argmax(found.real if which == "LR" else found.imag)]


def at_infinity(samples):
    """Return the intercept of means against 1/N, and its standard error."""
    sizes = np.array(list(samples), dtype=float)
    means = np.array([np.mean(values) for values in samples.values()])
    # the variance falls as 1/N: one number from all sizes, known better than that of each
    spread = np.sqrt(np.mean([n * np.var(values, ddof=1) for n, values in samples.items()]))
    errors = spread / np.sqrt(sizes * [len(values) for values in samples.values()])
    design = np.stack([np.ones(len(sizes)), 1.0 / sizes], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return float((covariance @ design.T @ (means / errors))[0]), float(np.sqrt(covariance[0, 0]))


@pytest.mark.parametrize(("make", "which"), [(mean_driven, "LR"), (excitation_inhibition, "LI")])
def test_the_outlier_is_the_corrected_one_and_not_the_naive_one(make, which):
    drawn = make()
    state = next(s for s in static_states(blocks_of(drawn.network)).states if s.stable)
    found = {size: [outlier(drawn, state, k, size, which) for k in range(n)] for size, n in NETWORKS.items()}
    corrected, naive = state.outliers[0], state.naive_outliers[0]
    assert not state.bulk.contains(np.concatenate(list(found.values()))).any()  # none is lost in the bulk
    away = []
    for part in (np.real, np.imag) if which == "LI" else (np.real,):
        value, error = at_infinity({size: part(values) for size, values in found.items()})
        assert abs(value - part(corrected)) < 2.0 * error
        away.append(abs(value - part(naive)) / error)
    assert max(away) > 5.0


def test_edge_and_fractions_of_unequal_time_constants():
    drawn = thresholds()
    (state,) = static_states(blocks_of(drawn.network)).states
    spectrum = dmft.jacobian_spectrum(dmft.branches(drawn.network)[0].solution)
    own = [eigenvalues(drawn, state, seed) for seed in range(5)]
    edges = np.array([values.real.max() for values in own])
    assert edges.mean() == pytest.approx(spectrum.abscissa, abs=0.02)  # the edge is sharp to about N^(-1/2)
    for centre, radius in ((-1.0, 0.2), (-1.0, 0.4), (-1.0 / 3.0, 0.15), (-1.0 / 3.0, 0.3), (-0.5, 0.3)):
        parts = np.array([np.mean(np.abs(values - centre) < radius) for values in own])
        # The law of x differs from one network of this size to another by N^(-1/2), and the fraction by some .004.
        error = math.hypot(parts.std(ddof=1) / math.sqrt(len(parts)), 3.0 / SIZE)
        assert abs(parts.mean() - spectrum.fraction(centre, radius)) < LIMIT * error
        assert error < 0.006  # a fraction that is 2 % off would be seen


def test_nothing_is_outside_where_the_theory_has_nothing():
    drawn = thresholds()
    (state,) = static_states(blocks_of(drawn.network)).states
    for seed in (11, 12):
        own = eigenvalues(drawn, state, seed)
        shrunk = own[~state.bulk.contains(own)]
        # Stragglers are next to the edge: none is left where the bulk is made 10 % wider.
        wide = np.array([z for z in shrunk if state.bulk.groups[0].growth(np.array([z]))[0] < 0.8])
        assert len(wide) == 0
