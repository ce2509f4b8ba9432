"""Filters of functions of the lag with a kink: exact on coarse grids, and no worse on the finest."""

import numpy as np
import pytest

import dmft
from dmft.numerics.filtered_lags import KinkedFilter, LagGrid, exponential_filtered


@pytest.mark.parametrize("unit", [dmft.Adaptation(1, 5), dmft.Oscillator(1, 0.5), dmft.Leaky() * dmft.Synapse(0.3)])
@pytest.mark.parametrize("n", [2**13, 2**15, 2**17])
def test_kinks_on_fine_grids_are_filtered_to_rounding(unit, n):
    """The fifth derivative at lag 0 has an error of rounding over h^5, 1e-16 (500 / n)^-5: it must carry no kink."""
    transfer, grid = unit.transfer, LagGrid(500.0 / n, n)
    realisation = transfer.realisation()
    kinked = KinkedFilter(
        grid, transfer.size(1j * grid.omega), lambda rate: exponential_filtered(realisation, rate, grid), 0.9
    )
    exact = exponential_filtered(realisation, 0.6, grid)
    assert np.max(np.abs(kinked(np.exp(-0.6 * grid.lags)) - exact)) < 3e-13 * exact[0]
