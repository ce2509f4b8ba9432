"""The single-site process of a stationary state in discrete time: white but for what is frozen or comes in coloured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.one_step import OneStep
from dmft.theories.stationary.discrete.overlap import least_overlap


@dataclass(frozen=True, eq=False)
class SteppedProcess:
    """A Gaussian process in steps of time; its covariance at each lag solves c = K q(c) + s + C_I(lag) by itself.

    Attributes
    ----------
    frozen : solution of that without C_I, the covariance at long lags, shape (P,).
    mean_error, variance_error, frozen_error : bounds on the errors of mean, variance and frozen part, shape (P,).
    """

    frozen: FloatArray
    mean_error: FloatArray
    variance_error: FloatArray
    frozen_error: FloatArray

    references: ClassVar[tuple[str, ...]] = ("molgedey1992",)
    words: ClassVar[str] = "a network in discrete time"

    def cov_x(self, solution: Any, lags: FloatArray) -> Any:
        """Return the covariance of x around its mean."""
        mean, variance = _first_two(solution)
        return solution.blocks.shaped(covariance_at(OneStep(solution.blocks), mean, variance, self.frozen, lags))

    def corr_x(self, solution: Any, lags: FloatArray) -> Any:
        """Return C^x."""
        return self._all(solution, lags)[0]

    def corr_phi(self, solution: Any, lags: FloatArray) -> Any:
        """Return C^phi."""
        return self._all(solution, lags)[1]

    def corr_slope(self, solution: Any, lags: FloatArray) -> Any:
        """Return <phi' phi'>."""
        return self._all(solution, lags)[2]

    def _all(self, solution: Any, lags: FloatArray) -> tuple[Any, ...]:
        mean, variance = _first_two(solution)
        found = correlations_at(OneStep(solution.blocks), mean, variance, self.frozen, lags)
        return tuple(solution.blocks.shaped(values) for values in found)


def correlations_at(
    step: OneStep, mean: FloatArray, variance: FloatArray, frozen: FloatArray, lags: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return C^x, C^phi and <phi' phi'> at lags, shape (P, *lags.shape) each."""
    flat = np.asarray(lags, dtype=float).ravel()
    c = covariance_at(step, mean, variance, frozen, flat)
    m, v = mean[:, None], variance[:, None]
    q, p = step.products(m, v, m, v, c)
    shape = (len(mean), *np.shape(lags))
    return (c + m**2).reshape(shape), q.reshape(shape), p.reshape(shape)


def covariance_at(
    step: OneStep, mean: FloatArray, variance: FloatArray, frozen: FloatArray, lags: FloatArray
) -> FloatArray:
    """Return the covariance of x at lags, shape (P, *lags.shape).

    Raises
    ------
    ValueError : for lags that are no whole numbers.
    """
    at = np.asarray(lags, dtype=float)
    if np.any(at != np.round(at)):
        raise ValueError(f"lags must be whole numbers in discrete time, got {at[at != np.round(at)].flat[0]:g}")
    steps, back = np.unique(at.ravel(), return_inverse=True)
    private = step.blocks.private_covariance(steps)
    known = np.repeat(frozen[:, None], len(steps), axis=1)
    coloured = np.any(private, axis=0) & (steps != 0.0)
    if np.any(coloured) and not np.array_equal(frozen, variance):
        known[:, coloured] = least_overlap(step, mean, variance, private[:, coloured], start=frozen).covariance
    known[:, steps == 0.0] = variance[:, None]
    return known[:, back].reshape(len(mean), *at.shape)


def _first_two(solution: Any) -> tuple[FloatArray, FloatArray]:
    blocks = solution.blocks
    return blocks.populated(solution.mean_x), blocks.populated(solution.variance)
