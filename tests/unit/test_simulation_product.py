"""Products with the couplings: the kernels compute what BLAS does, for every number of rows and both precisions."""

import numpy as np
import pytest

import dmft
import validation
from validation.simulators import product
from validation.simulators.kernels import thin_product
from validation.simulators.product import CouplingProduct, transpose_in_place


@pytest.mark.parametrize("n", [7, 64, 301])
@pytest.mark.parametrize("n_rows", range(1, 9))
@pytest.mark.parametrize(("dtype", "accuracy"), [(np.float32, 1e-5), (np.float64, 1e-13)])
def test_the_kernel_is_the_product(n, n_rows, dtype, accuracy):
    rng = np.random.default_rng(1)
    couplings, rows = rng.standard_normal((n, n)).astype(dtype), rng.standard_normal((n_rows, n)).astype(dtype)
    out = np.full((n_rows, n), np.nan, dtype)
    thin_product(rows, couplings, out)
    exact = rows.astype(np.longdouble) @ couplings.T.astype(np.longdouble)
    assert np.abs(out - exact).max() < accuracy * np.sqrt(n) * 10


@pytest.mark.parametrize("n", [5, 512, 700])
def test_the_transpose_in_place_is_the_transpose(n):
    matrix = np.random.default_rng(1).standard_normal((n, n)).astype(np.float32)
    expected = matrix.T.copy()
    transpose_in_place(matrix)
    np.testing.assert_array_equal(matrix, expected)


def test_the_choice_is_made_by_the_number_of_rows():
    rng = np.random.default_rng(1)
    for n, n_rows, thin in ((300, 1, False), (300, 2, True), (300, 7, True), (300, 8, False), (100, 3, False)):
        transposed = rng.standard_normal((n, n))
        couplings = transposed.T.copy()
        chosen = CouplingProduct(transposed, n_rows)
        assert chosen.thin is thin
        np.testing.assert_array_equal(chosen.couplings, couplings)
        rows, out = rng.standard_normal((n_rows, n)), np.empty((n_rows, n))
        chosen(rows, out)
        np.testing.assert_allclose(out, rows @ couplings.T, rtol=1e-10, atol=1e-10)


def test_the_network_is_the_same_with_either_product(monkeypatch):
    """One tangent vector makes two rows: the kernel; forced to BLAS, the run differs by rounding alone."""
    settings = {"n_realizations": 1, "duration": 5.0, "burn_in": 0.0, "dtype": "float64", "seed": 3}
    network = dmft.RandomNetwork(g=2.0)
    kernel = validation.simulate(network, 300, measure=("correlation", "lyapunov"), **settings)
    monkeypatch.setattr(product, "_SMALLEST", 10**9)
    blas = validation.simulate(network, 300, measure=("correlation", "lyapunov"), **settings)
    alone = validation.simulate(network, 300, **settings)
    for other in (blas, alone):
        np.testing.assert_allclose(other.values("corr_x", 300), kernel.values("corr_x", 300), rtol=1e-9)
    assert blas.values("lyapunov_exponent", 300) == pytest.approx(kernel.values("lyapunov_exponent", 300), rel=1e-9)
