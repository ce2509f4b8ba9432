"""The two-site solution: second moments of the cross-covariances, on demand at frequencies and lags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.models.checks import one_of
from dmft.theories.solution import Solution, array, coordinate
from dmft.theories.stationary import StationarySolution

KINDS = ("phi", "x", "x-phi")
BLOCK_KINDS = ("phi", "x")  # of several populations, and in discrete time
_SECONDS_A_PAIR = 1e-6


class Kernel(Protocol):
    """Sums over pairs of neurons, sum_ij C_ij C_ij/N with i = j included."""

    @property
    def residual(self) -> float:
        """What the end of the window and the cut of the frequencies lose, relative; in steps the averages."""

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return the sum of C_ij(w1) C_ij(w2), of the broadcast shape."""

    def at_lags(self, lag1: FloatArray, lag2: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag1) C_ij(lag2), shape (n1, n2)."""

    def on_diagonal(self, lags: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag)^2, shape (n,)."""

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(lag)."""

    def single_spectrum(self, omega: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(w)."""

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w1) C_ii(w2)."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TwoSiteSolution(Solution):
    """Cross-covariances of pairs of neurons, C_ij(lag) = <a_i(t + lag) b_j(t)>, of order 1/sqrt(N) and zero mean.

    Kinds of covariance: "phi" (a = b = phi), "x" (a = b = x), "x-phi" (a = x, b = phi).

    Attributes
    ----------
    stationary : the single-site solution.
    lags : lags of the arrays below, shape (n_lag,), in units of tau.
    psi_phi, psi_x : (1/N) sum_ij C_ij(lag)^2, i = j included, shape (n_lag,).
    population_timescale : 1/(1 - g <phi'>), with which cross-covariances decay, in units of tau; with partial symmetry
        1/(1 - g |S(0)|).
    """

    stationary: StationarySolution = field(repr=False)
    lags: FloatArray = coordinate("lags", "tau")
    psi_phi: FloatArray = array("lags")
    psi_x: FloatArray = array("lags")
    population_timescale: float = array(unit="tau")
    kernel: Kernel = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("clark2023",)

    def psi_at(self, lag: ArrayLike, of: str = "phi") -> Any:
        """Return (1/N) sum_ij C_ij(lag)^2, i = j included, at any lag: a float for a number, an array for an array.

        At lag 0 it is tr Sigma^2/N, so that PR/N = C(0)^2/psi_at(0).

        Raises
        ------
        ValueError : for an unknown kind `of` ("x-phi" is known of one population in continuous time only), or a lag
            that is not finite.
        """
        one_of("of", of, KINDS)
        t = _finite("lag", lag)
        return _like(lag, self.kernel.on_diagonal(t.ravel(), of).reshape(t.shape))

    def psi(self, lag1: ArrayLike, lag2: ArrayLike, of: str = "phi") -> FloatArray:
        """Return N <C_ij(lag1) C_ij(lag2)> for i != j, shape (n1, n2) for n1 and n2 lags.

        Raises
        ------
        ValueError : for an unknown kind `of`, or lags that are not finite or not one-dimensional.
        """
        one_of("of", of, KINDS)
        t1, t2 = (np.atleast_1d(_finite(name, lag)) for name, lag in (("lag1", lag1), ("lag2", lag2)))
        if t1.ndim != 1 or t2.ndim != 1:
            raise ValueError(f"lag1 and lag2 must be one-dimensional, got shapes {t1.shape} and {t2.shape}")
        check_cost(
            f"covariances at {len(t1):,} x {len(t2):,} lags",
            seconds=_SECONDS_A_PAIR * len(t1) * len(t2),
            memory=24.0 * len(t1) * len(t2),
            remedy="take fewer lags",
        )
        own = np.multiply.outer(self.kernel.single(t1, of), self.kernel.single(t2, of))
        return self.kernel.at_lags(t1, t2, of) - own

    def psi_spectrum(self, omega1: ArrayLike, omega2: ArrayLike, of: str = "phi") -> Any:
        """Return N <C_ij(w1) C_ij(w2)> for i != j at angular frequencies, broadcast against each other.

        It is real for "phi" and "x". omega2 -> -omega2 exchanges the two sites of the second factor.

        Raises
        ------
        ValueError : for an unknown kind `of`, or frequencies that are not finite.
        """
        one_of("of", of, KINDS)
        w1, w2 = np.broadcast_arrays(_finite("omega1", omega1), _finite("omega2", omega2))
        total = self.kernel.at_frequencies(w1, w2, of)
        total = total - self.kernel.own_spectra(w1, w2, of)
        return total if of == "x-phi" else total.real


def _finite(name: str, value: ArrayLike) -> FloatArray:
    array = np.asarray(value, dtype=float)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)].flat[0]}")
    return array


def _like(lag: ArrayLike, values: FloatArray) -> Any:
    return float(values) if np.ndim(lag) == 0 else values
