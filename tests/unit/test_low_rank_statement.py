"""The statement of low-rank couplings: what it refuses, how it is written and read, what is measured of vectors."""

import numpy as np
import pytest

import dmft
from dmft.models.serialization import network_from_mapping, network_to_mapping


def network(term, **population):
    return dmft.Network(dmft.Population(**population), dmft.Couplings(dmft.Random(1.2), low_rank=term))


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: dmft.LowRank("a"), TypeError, "overlap must be a real number"),
        (lambda: dmft.LowRank([1.0, 2.0]), ValueError, "square matrix"),
        (lambda: dmft.LowRank(float("nan")), ValueError, "finite"),
        (lambda: dmft.LowRank(1.5, left=-1.0), ValueError, "left must be a covariance"),
        (lambda: dmft.LowRank(1.5, left=0.0), ValueError, "Cauchy-Schwarz.*mean_left"),
        (lambda: dmft.LowRank(1.5, right=1.0), ValueError, "Cauchy-Schwarz"),
        (lambda: dmft.LowRank(np.eye(2), left=[[1.0, 0.5], [0.4, 1.0]]), ValueError, "symmetric"),
        (lambda: dmft.LowRank(np.eye(2), left=np.eye(3)), ValueError, "2 vectors"),
        (lambda: dmft.LowRank(1.0, mean_left=[1.0, 2.0]), ValueError, "one for each of the 1 vectors"),
        (lambda: dmft.LowRank(1.5, outlier=2.0 + 1.0j), ValueError, "rank one has a real outlier"),
        (lambda: dmft.LowRank(1.5, outlier=float("inf")), ValueError, "finite"),
        (lambda: dmft.LowRank(1.5, outlier="many"), TypeError, "outlier must be a real or complex number"),
        (lambda: dmft.LowRank(1.5, outlier=1.6, mean_left=1.0, mean_right=1.0), ValueError, "mean 0"),
        (lambda: network(dmft.LowRank(1.5, input_overlap=0.3)), ValueError, "threshold_variance"),
        (lambda: network(dmft.LowRank(1.5, left_input=0.9), threshold_variance=0.1), ValueError, "Cauchy-Schwarz"),
        (lambda: dmft.LowRank.from_vectors(np.ones(5), np.ones((5, 2))), ValueError, "one shape"),
        (lambda: dmft.LowRank.from_vectors(np.ones(5), "a"), TypeError, "n must be numbers"),
        (lambda: dmft.LowRank.from_vectors([1.0, np.nan], [1.0, 2.0]), ValueError, "m must be finite"),
        (lambda: dmft.LowRank.from_vectors(np.arange(5.0), np.arange(5.0), matrix=np.eye(4)), ValueError, "shape"),
        (
            lambda: dmft.LowRank.from_vectors(np.arange(5.0), np.arange(5.0), matrix="J"),
            TypeError,
            "matrix must be numbers",
        ),
        (lambda: dmft.LowRank.correlated((0.0, -4.0), g=1.0), ValueError, "no real outlier"),
    ],
)
def test_what_is_no_term_is_refused(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (network(dmft.LowRank(1.5), drive=dmft.OrnsteinUhlenbeck(1.0, 2.0)), "white noise and constant inputs"),
        (network(dmft.LowRank(1.5), drive=dmft.Sinusoid(1.0, 0.2)), "white noise and constant inputs"),
        (
            dmft.Network(
                {"E": dmft.Population(fraction=0.5), "I": dmft.Population()},
                dmft.Couplings(dmft.Random(1.0), low_rank=dmft.LowRank([[1.5, 0.0], [0.0, 1.2]])),
            ),
            "of rank one are solved, got 2 vectors",
        ),
        (
            dmft.Network(
                {"E": dmft.Population(dynamics=dmft.Map())},
                dmft.Couplings(dmft.Random(1.0), low_rank=dmft.LowRank(1.5)),
            ),
            "without a name.*in continuous time",
        ),
        (
            dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(1.0, 0.3), low_rank=dmft.LowRank(1.5))),
            "symmetry",
        ),
        (network(dmft.LowRank([[2.0, 1.0], [1.0, 2.0]], outlier=2.0 + 1.0j)), "complex, and the overlap's eigenvalue"),
    ],
)
def test_what_stands_beside_it_is_solved_or_refused(statement, message):
    with pytest.raises(ValueError, match=message):
        dmft.solve_stationary(statement)


def test_complex_outliers_have_no_static_state():
    statement = network(dmft.LowRank([[2.0, -1.0], [1.0, 2.0]]))
    with pytest.raises(ValueError, match="kappa rotates"):
        dmft.solve_stationary(statement, method=dmft.LowRankStates("structured"))
    with pytest.raises(ValueError, match="nothing rotates"):
        dmft.solve_stationary(network(dmft.LowRank(1.5)), method=dmft.LowRankStates("rotating"))
    with pytest.raises(ValueError, match="no low-rank couplings"):
        dmft.solve_stationary(dmft.RandomNetwork(g=2.0), method=dmft.LowRankStates())
    with pytest.raises(dmft.NotConvergedError, match="not all directions of its plane are alike"):
        dmft.solve_stationary(network(dmft.LowRank([[2.0, -1.0], [0.5, 2.0]])))


def test_unbounded_activity_is_said():
    with pytest.raises(dmft.NotConvergedError, match="grows without bound"):
        dmft.solve_stationary(network(dmft.LowRank(2.5), nonlinearity=dmft.Linear()))


@pytest.mark.parametrize(
    "term",
    [
        dmft.LowRank(1.5),
        dmft.LowRank([[3.0, -0.6], [0.6, 3.0]], outlier=3.077 + 0.502j, left=[[1.0, 0.2], [0.2, 1.0]]),
        dmft.LowRank([[3.0, -0.6], [0.6, 3.0]], mean_left=[1.0, 2.0], right=20.0),
    ],
)
def test_it_comes_back_from_plain_data(term):
    statement = network(term)
    assert network_from_mapping(network_to_mapping(statement)) == statement


def test_paths_reach_into_it():
    statement = network(dmft.LowRank([[2.0, 0.3], [-0.2, 1.4]], outlier=2.2))
    changed = statement.replace(**{"couplings.low_rank.overlap.0.1": 0.5, "couplings.low_rank.outlier": 2.4})
    assert changed.couplings.low_rank.overlap[0][1] == 0.5
    assert changed.couplings.low_rank.outlier == 2.4


def test_vectors_give_their_overlaps_and_a_matrix_its_outlier():
    rng = np.random.default_rng(0)
    size = 600
    m = rng.standard_normal((size, 2))
    n = m @ np.array([[2.5, 1.5], [-1.5, 2.5]])
    couplings = 0.5 * rng.standard_normal((size, size)) / size**0.5 + m @ n.T / size
    term = dmft.LowRank.from_vectors(m, n, matrix=couplings)
    assert np.array(term.overlap) == pytest.approx(n.T @ m / size, abs=0.05)
    values = np.linalg.eigvals(couplings)
    assert term.outlier == pytest.approx(complex(values.real.max(), abs(values[np.argmax(values.real)].imag)), abs=1e-9)
    assert term.mean_left == (0.0, 0.0)
    with_mean = dmft.LowRank.from_vectors(m + 1.0, n)
    assert np.array(with_mean.mean_left) == pytest.approx(1.0, abs=0.2)
    with pytest.raises(ValueError, match="no outlier"):
        dmft.LowRank.from_vectors(m[:, 0], 0.01 * n[:, 0], matrix=couplings - m @ n.T / size)


def test_states_come_back_from_files(tmp_path):
    for statement in (network(dmft.LowRank(2.0)), network(dmft.LowRank([[2.5, -1.5], [1.5, 2.5]]))):
        solution = dmft.solve_stationary(statement)
        dmft.save(solution, tmp_path / "state.nc")
        read = dmft.load(tmp_path / "state.nc")
        assert (read.kappa, read.frequency, read.state) == (solution.kappa, solution.frequency, solution.state)
        assert np.array_equal(read.overlaps, solution.overlaps)
        assert dmft.lyapunov_exponent(read) == dmft.lyapunov_exponent(solution)


def test_sweeps_and_names_of_phases():
    ds = dmft.phase_diagram(
        network(dmft.LowRank(1.0)), {"couplings.low_rank.overlap.0.0": [0.5, 2.0]}, ["kappa", "frequency", "state"]
    )
    assert list(ds["state"].values.astype(str)) == ["chaotic", "structured static"]
    assert ds["kappa"].values[0] == 0.0
    assert ds["kappa_error"].values[1] < 1e-11
    phase = dmft.classify_phase(network(dmft.LowRank(2.0)))
    assert phase == "structured static"
    assert phase.numbers["kappa"] > 0.0
