"""Revealed couplings: the product of a matrix that nobody drew, the same in law as one that was drawn."""

import numpy as np
import pytest

import dmft
import validation
from validation.simulators.revealed import RevealedProduct
from validation.simulators.simulator import Simulator

NET = dmft.RandomNetwork(g=2.0)


def test_it_is_the_product_with_a_matrix_if_the_images_are_its_own():
    rng = np.random.default_rng(1)
    n = 130
    couplings = rng.standard_normal((n, n))
    product = RevealedProduct(n, 1.0, np.float64, rng, tolerance=1e-24, image=lambda b: couplings @ b)
    out = np.empty((3, n))
    for _ in range(60):
        rows = rng.standard_normal((3, n))
        product(rows, out)
        np.testing.assert_allclose(out, rows @ couplings.T, atol=1e-9)
    assert product.rank == n
    directions = np.concatenate(product._directions)[:n]
    np.testing.assert_allclose(directions @ directions.T, np.eye(n), atol=1e-12)


def test_images_have_the_variance_of_the_couplings_and_a_vector_its_image_for_good():
    rng = np.random.default_rng(1)
    n, gain = 400, 1.5
    product = RevealedProduct(n, gain, np.float32, rng)
    vectors = rng.standard_normal((100, n)).astype(np.float32)
    first, second = np.empty_like(vectors), np.empty_like(vectors)
    product(vectors, first)
    product(vectors, second)
    assert product.rank == 100
    np.testing.assert_allclose(first, second, atol=2e-4)
    # J v has the variance g^2 |v|^2/N; 40000 numbers give it to 0.7 %.
    assert np.sum(first**2) / np.sum(vectors**2) == pytest.approx(gain**2, rel=0.03)
    # and J is linear: a sum is no new direction.
    product(vectors[:1] + vectors[1:2], second[:1])
    assert product.rank == 100
    np.testing.assert_allclose(second[0], first[0] + first[1], atol=2e-4)


def test_a_network_runs_as_with_the_matrix(monkeypatch):
    """The images are those of an explicit network: states and tangent vectors follow it, to the tolerance."""
    n, settings = 200, {"dt": 0.1, "dtype": np.float64, "n_tangents": 2}
    explicit = Simulator(NET, n, generators=[np.random.default_rng(i) for i in range(4)], **settings)
    matrix = explicit.couplings.copy()
    lazy = Simulator(NET, n, generators=[np.random.default_rng(i) for i in range(4)], storage="revealed", **settings)
    lazy.random = RevealedProduct(
        n, 2.0, np.float64, np.random.default_rng(0), tolerance=1e-16, image=lambda b: matrix @ b
    )
    for _ in range(60):
        explicit.step()
        lazy.step()
    np.testing.assert_allclose(lazy.x, explicit.x, atol=1e-5)
    np.testing.assert_allclose(lazy.orthonormalise(), explicit.orthonormalise(), atol=1e-5)


@pytest.mark.long
def test_it_is_the_explicit_network_in_law():
    """Mean square activity after a transient, 60 small networks each way; variances agree too."""
    settings = {"n_realizations": 60, "duration": 15.0, "burn_in": 15.0, "seed": 4}
    explicit = validation.simulate(NET, 100, **settings)
    revealed = validation.simulate(NET, 100, storage="revealed", **settings)
    assert not np.array_equal(explicit.values("corr_x", 100), revealed.values("corr_x", 100))
    for name in ("corr_x", "corr_phi"):
        for lag in (0, 6):
            a, b = explicit.values(name, 100)[:, lag], revealed.values(name, 100)[:, lag]
            error = np.hypot(np.std(a, ddof=1), np.std(b, ddof=1)) / np.sqrt(60)
            assert abs(a.mean() - b.mean()) < 5 * error
    ratio = np.var(explicit.values("corr_phi", 100)[:, 0]) / np.var(revealed.values("corr_phi", 100)[:, 0])
    assert 0.3 < ratio < 3.3  # F(59, 59): 1e-5 on each side


def test_a_plastic_network_runs_as_with_the_matrix():
    """J revealed, with the images of an explicit one; A is kept as past rates in both."""
    n, settings = 150, {"dt": 0.05, "dtype": np.float64, "n_tangents": 1}
    network = dmft.PlasticNetwork(g=2.0, k=0.5, p=2.5)
    explicit = Simulator(network, n, generators=[np.random.default_rng(i) for i in range(4)], **settings)
    matrix = explicit.couplings.copy()
    lazy = Simulator(
        network, n, generators=[np.random.default_rng(i) for i in range(4)], storage="revealed", **settings
    )
    lazy.random = RevealedProduct(
        n, 2.0, np.float64, np.random.default_rng(0), tolerance=1e-16, image=lambda b: matrix @ b
    )
    for _ in range(100):
        explicit.step()
        lazy.step()
    np.testing.assert_allclose(lazy.x, explicit.x, atol=1e-5)
    np.testing.assert_allclose(lazy.orthonormalise(), explicit.orthonormalise(), atol=1e-5)
    with pytest.raises(ValueError, match="no matrix"):
        lazy.jacobian()


def test_the_rank_saturates_when_the_network_settles():
    quiescent = Simulator(
        dmft.RandomNetwork(g=0.5),
        500,
        dt=0.1,
        generators=[np.random.default_rng(i) for i in range(4)],
        storage="revealed",
    )
    ranks = []
    for _ in range(4):
        for _ in range(200):
            quiescent.step()
        ranks.append(quiescent.random.rank)
    assert ranks[0] < 60
    assert ranks[-1] == ranks[-2]


def test_a_full_basis_is_said():
    product = RevealedProduct(50, 1.0, np.float64, np.random.default_rng(1), max_rank=3)
    rows = np.random.default_rng(2).standard_normal((4, 50))
    with pytest.raises(validation.SimulationError, match="full: 3 directions of N = 50"):
        product(rows, np.empty((4, 50)))


def test_memory_that_runs_out_is_said(monkeypatch):
    monkeypatch.setattr("validation.simulators.revealed.available_bytes", lambda: 1000)
    product = RevealedProduct(50, 1.0, np.float64, np.random.default_rng(1))
    with pytest.raises(validation.SimulationError, match=r"40,000 bytes more are needed, 1,000 are available"):
        product(np.ones((1, 50)), np.empty((1, 50)))


@pytest.mark.parametrize(
    ("network", "measure", "words"),
    [
        (NET.replace(symmetry=0.2), "correlation", "symmetry = 0, got 0.2"),
        (NET, "jacobian", "no matrix"),
    ],
)
def test_what_needs_a_matrix_is_refused(network, measure, words):
    with pytest.raises(ValueError, match=words):
        validation.simulate(network, 50, storage="revealed", measure=measure, seed=1)
