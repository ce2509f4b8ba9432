"""Squared covariances by block of populations, of which the effective dimension is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.models.checks import one_of
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.two_site import TwoSiteSolution, solve_two_site

if TYPE_CHECKING:
    import xarray

_KINDS = ("phi", "x")


@dataclass(frozen=True, eq=False, repr=False)
class CovarianceBlocks(Shown):
    """Sums of squared covariances of pairs, by population.

    Attributes
    ----------
    matrix : (1/N) sum of C_ij(0)^2 over i in a and j in b, i = j included, shape (P, P), symmetric.
    variance : mean over the units of each population of C_ii(0), the part that moves in time, shape (P,).
    names : of the populations.
    of : "phi" or "x".
    error : bound on the error of the matrix, relative to the sum of its entries.
    """

    matrix: FloatArray
    variance: FloatArray
    names: tuple[str, ...]
    of: str
    error: float

    def to_xarray(self) -> xarray.Dataset:
        """Return matrix and variances as a dataset."""
        import xarray

        data = {"matrix": (("population", "other"), self.matrix), "variance": ("population", self.variance)}
        names = list(self.names)
        attributes = {"theory": type(self).__name__, "of": self.of, "error": self.error}
        return xarray.Dataset(data, {"population": names, "other": names}, attributes)

    def __array__(self, dtype: Any = None, copy: Any = None) -> FloatArray:
        return np.array(self.matrix, dtype=dtype)


@answering
def covariance_blocks(solution: StationarySolution | TwoSiteSolution, of: str = "x") -> CovarianceBlocks:
    """Return (1/N) sum over i in a and j in b of C_ij(0)^2 of each pair of populations.

    Parameters
    ----------
    solution : from `solve_stationary`, on top of which the two-site theory is solved; or from `solve_two_site`; of a
        network of populations or of one.
    of : "x" or "phi".

    Returns
    -------
    CovarianceBlocks : a matrix to numpy. PR/N of the whole is (sum_a f_a C_a)^2 over the sum of its entries
        (`effective_dimension`).

    Raises
    ------
    TypeError, ValueError : for what `solve_two_site` refuses; an unknown `of`.

    Notes
    -----
    Source: the two-site theory by blocks, derived from Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023).
    Accuracy: `tests/reference/test_blocks_reference.py`, `tests/reference/test_discrete_reference.py`.
    Cost: that of the two-site theory.
    """
    one_of("of", of, _KINDS)
    two_site = solution if isinstance(solution, TwoSiteSolution) else solve_two_site(solution, lags=[0.0])
    known: Any = two_site.kernel
    if not hasattr(known, "blocks_at"):  # of one population, whose theory knows no blocks
        total = np.asarray(known.on_diagonal(np.zeros(1), of), dtype=float).reshape(1, 1)
        single = np.asarray(known.single(0.0, of), dtype=float).reshape(1)
        return CovarianceBlocks(total, single, two_site.blocks.names, of, 2.0 * float(two_site.convergence.residual))
    matrix = known.blocks_at(np.zeros(1), of)[:, :, 0]
    return CovarianceBlocks(matrix, known.variance_blocks(of), known.blocks.names, of, float(known.error(of)))
