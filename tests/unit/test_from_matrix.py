"""A network from a matrix of one's own: its estimates, their errors, and what is refused."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

import dmft

GAINS, MEANS = np.array([[1.5, 0.8], [2.0, 0.5]]), np.array([[3.0, -4.0], [2.0, 0.0]])
LABELS = ["E"] * 60 + ["I"] * 40


def drawn(seed, gains=GAINS, means=MEANS, n=100):
    rng = np.random.default_rng(seed)
    expand = [np.repeat(np.repeat(block, (60, 40), axis=0), (60, 40), axis=1) for block in (gains, means)]
    return expand[0] * rng.standard_normal((n, n)) / math.sqrt(n) + expand[1] / n


def test_errors_cover():
    """Of 200 matrices: deviations over their errors are of variance 1, and unbiased."""
    found = [dmft.estimate_blocks(drawn(seed), LABELS) for seed in range(200)]
    for name, exact in (("gains", GAINS), ("means", MEANS)):
        scores = np.array([(getattr(e, name) - exact) / getattr(e, f"{name}_error") for e in found])
        assert np.all(np.abs(scores.mean(axis=0)) < 4.5 / math.sqrt(200))
        assert np.all(np.abs(scores.var(axis=0) - 1.0) < 5 * math.sqrt(2 / 200))
    scores = np.array([e.symmetry / e.symmetry_error for e in found])
    assert abs(scores.mean()) < 4.5 / math.sqrt(200)
    assert abs(scores.var() - 1.0) < 5 * math.sqrt(2 / 200)
    assert max(e.excess for e in found) < 6


def test_the_network_has_the_blocks_of_the_matrix():
    matrix, shuffled = drawn(1), np.random.default_rng(0).permutation(100)
    units = {"I": dmft.Population(dmft.Erf(), dmft.Leaky(0.5)), "E": dmft.Population(bias=0.3)}
    labels = [LABELS[i] for i in shuffled]
    with pytest.warns(dmft.AccuracyWarning, match="coherent modes"):  # 100 units are few for such means
        network = dmft.Network.from_matrix(matrix[np.ix_(shuffled, shuffled)], labels, populations=units)
    found = dmft.estimate_blocks(matrix[np.ix_(shuffled, shuffled)], labels)
    assert set(network.named) == {"E", "I"}
    assert network.named["E"].fraction == pytest.approx(0.6)
    assert network.named["I"].nonlinearity == dmft.Erf()
    at = [found.names.index(name) for name in "EI"]
    np.testing.assert_allclose(np.array(network.couplings.random.g)[np.ix_(at, at)], GAINS, rtol=0.1)
    means = np.array(network.couplings.mean.strength)[np.ix_(at, at)]
    np.testing.assert_allclose(means, MEANS, atol=1.0)
    assert means[1, 1] == 0.0
    assert network.couplings.random.symmetry == 0.0
    assert sorted(found.order) == list(range(100))
    assert [labels[i] for i in found.order] == [name for name in found.names for _ in range(labels.count(name))]


def test_the_order_of_coherent_modes_is_told_where_it_counts():
    """max|A| max(g)/sqrt(N) is 1.8 x 2/sqrt(100) but for errors; of means a tenth as large it is too small to tell."""
    found = dmft.estimate_blocks(drawn(5), LABELS)
    order = np.max(np.abs(found.means) * [0.6, 0.4]) * found.gains.max() / 10.0
    assert 0.3 < order < 0.5
    with pytest.warns(dmft.AccuracyWarning, match=rf"N = 100 .* = {order:.2g}, above 0\.1, .*couplings=matrix"):
        dmft.Network.from_matrix(drawn(5), LABELS)
    dmft.Network.from_matrix(drawn(5, means=0.1 * MEANS), LABELS)  # warnings are errors


def test_of_one_population_without_labels():
    rng = np.random.default_rng(2)
    white = rng.standard_normal((400, 400)) * 1.8 / 20.0
    network = dmft.Network.from_matrix(white)
    assert network == dmft.Network.from_matrix(csr_array(white))
    assert network.couplings.random.g == pytest.approx(1.8, rel=0.01)
    assert network.couplings.mean is None
    assert isinstance(network.couplings.random.g, float)
    symmetric = dmft.Network.from_matrix((white + white.T) / math.sqrt(2))
    assert symmetric.couplings.random.symmetry == pytest.approx(1.0, abs=0.01)
    assert dmft.solve_stationary(network).variance > 0


@pytest.mark.parametrize("term", ["rows", "columns", "rank one"])
def test_what_is_not_independent_is_told(term):
    matrix, rng = drawn(3), np.random.default_rng(4)
    ones, random = np.ones(100), rng.standard_normal(100)
    left, right = {"rows": (random, ones), "columns": (ones, random), "rank one": (1 + random, 1 + random)}[term]
    with pytest.warns(dmft.AccuracyWarning, match="more than independent entries"):
        dmft.Network.from_matrix(matrix + 3.0 * np.outer(left, right) / 100, LABELS)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ((np.ones((3, 4)),), ValueError, r"square matrix of three units or more, got shape \(3, 4\)"),
        ((np.ones(9),), ValueError, "got shape"),
        ((np.full((4, 4), math.nan),), ValueError, "finite"),
        ((np.full((4, 4), 1e200),), ValueError, "at most 1e100"),
        ((np.eye(4) * 1j,), TypeError, "real numbers"),
        (("abc",), TypeError, "real numbers, got str"),
        ((np.eye(4), ["E", "E", "I"]), ValueError, "one for each of the 4 units, got 3"),
        ((np.eye(4), ["E", "E", "E", "I"]), ValueError, "two units or more, got 1 of 'I'"),
        ((np.eye(4), ["E", "E", "2 I", "2 I"]), ValueError, "words like 'E', got '2 I'"),
        ((np.eye(4), [0, 0, 1, 1]), ValueError, "words like 'E', got 0"),
        ((np.eye(4), 3), TypeError, "a name for each unit"),
    ],
)
def test_bad_input_is_refused(arguments, kind, words):
    with pytest.raises(kind, match=words):
        dmft.Network.from_matrix(*arguments)


def test_populations_must_be_those_of_the_labels():
    with pytest.raises(ValueError, match=r"those of the labels, 'E', 'I'; got 'E', 'X'"):
        dmft.Network.from_matrix(drawn(1), LABELS, populations={"E": dmft.Population(), "X": dmft.Population()})
    with pytest.raises(TypeError, match="a Population, or a mapping"):
        dmft.Network.from_matrix(drawn(1), LABELS, populations=dmft.Tanh())
