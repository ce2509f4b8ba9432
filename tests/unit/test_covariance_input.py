"""Refusals of `covariance_of`."""

import numpy as np
import pytest

import dmft


@pytest.fixture(scope="module")
def chaos():
    return dmft.solve_stationary(dmft.RandomNetwork(g=2.0))


def drawn(n, g):
    return np.random.default_rng(1).standard_normal((n, n)) * (g / np.sqrt(n))


def test_refuses_what_is_not_square(chaos):
    with pytest.raises(ValueError, match=r"square matrix of at least 2 neurons, got the shape \(3, 4\)"):
        dmft.covariance_of(np.zeros((3, 4)), chaos)


def test_refuses_another_variance(chaos):
    dmft.covariance_of(drawn(150, 2.0), chaos)
    with pytest.raises(ValueError, match="variance g\\^2/N of the solved network"):
        dmft.covariance_of(drawn(150, 2.5), chaos)


def test_refuses_another_symmetry(chaos):
    couplings = drawn(150, 2.0)
    with pytest.raises(ValueError, match="couplings must have the symmetry of the solved network"):
        dmft.covariance_of((couplings + couplings.T) / np.sqrt(2.0), chaos)


def test_refuses_what_is_not_finite(chaos):
    couplings = drawn(50, 2.0)
    couplings[3, 4] = np.nan
    with pytest.raises(ValueError, match="real and finite"):
        dmft.covariance_of(couplings, chaos)


def test_refuses_unknown_kinds_and_quiescence(chaos):
    with pytest.raises(ValueError, match="of must be one of 'phi', 'x'"):
        dmft.covariance_of(drawn(50, 2.0), chaos, of="x-phi")
    with pytest.raises(ValueError, match="must fluctuate"):
        dmft.covariance_of(drawn(50, 0.5), dmft.solve_stationary(dmft.RandomNetwork(g=0.5)))


def test_says_when_the_linear_equivalent_is_unstable(chaos):
    # a common part of the couplings: a real eigenvalue at 5, beyond 1/<phi'> = 2, that the variance does not show
    couplings = drawn(60, 2.0) + 5.0 / 60
    with pytest.raises(dmft.DMFTError, match="linear equivalent of these couplings is unstable"):
        dmft.covariance_of(couplings, chaos)


def test_is_symmetric_and_positive(chaos):
    for frequency in (None, 0.03):
        found = dmft.covariance_of(drawn(150, 2.0), chaos, of="x", frequency=frequency)
        np.testing.assert_allclose(found.matrix, found.matrix.conj().T, atol=1e-12 * found.eigenvalues[0])
        assert found.eigenvalues[-1] > 0
        assert np.all(np.diff(found.eigenvalues) <= 0)
