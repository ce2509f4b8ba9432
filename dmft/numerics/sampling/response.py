"""Response functions that begin at time 0 and are forgotten: a few coefficients instead of a number a frequency.

What sampling has to find of a response is smooth in frequency. Fitting it by a few Laguerre functions, weighted by what
each frequency knows of it, leaves a part of the sampling error that a projection on lags >= 0 lets through.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.periodic_grid import PeriodicGrid


class CausalBasis:
    """Transforms of u^(o - 1) exp(-a u) times polynomials in u: b_k(w) = (a/(a + i w))^o ((a - i w)/(a + i w))^k.

    Parameters
    ----------
    grid : its frequencies >= 0.
    rate : a; the functions reach from times ~1/(a count) to ~2 count/a.
    count : number of functions.
    order : o; of order 1 they jump at time 0, of order 2 they have a slope there.
    """

    def __init__(self, grid: PeriodicGrid, rate: float, count: int, order: int = 2) -> None:
        pole = 1.0 + 1j * grid.omega / rate
        self.functions: ComplexArray = (pole.conj() / pole) ** np.arange(count)[:, None] / pole**order
        # Frequencies > 0 stand for their negatives too.
        self.multiplicity: FloatArray = np.full(grid.n_omega, 2.0)
        self.multiplicity[[0, -1]] = 1.0

    def fit(self, target: ComplexArray, weight: FloatArray) -> ComplexArray:
        """Return the combination nearest to `target`, shape (n_omega,), with the squared error weighted."""
        return np.asarray(self.coefficients(target, weight) @ self.functions)

    def coefficients(self, target: ComplexArray, weight: FloatArray, ridge: float = 0.0) -> FloatArray:
        """Return the coefficients of that combination, shape (count,).

        Parameters
        ----------
        target, weight : what is fitted, and the weight of its squared error, shape (n_omega,).
        ridge : weight of the squared coefficients: what hardly a frequency tells is 0.
        """
        root = np.sqrt(weight * self.multiplicity)
        count = len(self.functions)
        held = np.sqrt(ridge) * np.eye(count, dtype=complex)
        return least_squares([(self.functions * root, target * root), (held, np.zeros(count, dtype=complex))])


def least_squares(equations: list[tuple[ComplexArray, ComplexArray]]) -> FloatArray:
    """Return the real coefficients c with sum_k c_k rows_k nearest to each target, for (rows, target) complex."""
    rows = np.concatenate([part for a, _ in equations for part in (a.real, a.imag)], axis=1)
    target = np.concatenate([part for _, b in equations for part in (b.real, b.imag)])
    if not (np.all(np.isfinite(rows)) and np.all(np.isfinite(target))):  # LAPACK would print to the terminal
        return np.full(len(rows), np.nan)
    return np.asarray(np.linalg.lstsq(rows.T, target, rcond=1e-10)[0], dtype=float)
