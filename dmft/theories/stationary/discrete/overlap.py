"""The covariance of two times, or of two copies, that holds itself: c = K q(c) + s + C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.one_step import OneStep

_NEWTON = 60
_CLOSE = 4e-16


@dataclass(frozen=True, eq=False)
class Overlap:
    """A covariance that holds itself, shape (P,), <phi' phi'> there, and a bound on its error."""

    covariance: FloatArray
    slopes: FloatArray
    error: FloatArray


def least_overlap(
    step: OneStep, mean: FloatArray, variance: FloatArray, shared: FloatArray, start: FloatArray
) -> Overlap:
    """Return the least solution of c = K q(c) + s + C, by Newton's method from below.

    q and dq/dc = <phi' phi'> do not fall with c >= 0: Newton's steps from a covariance below the least solution rise
    to it and do not pass it. It is the one that differing copies go to.

    Parameters
    ----------
    mean, variance : of x, shape (P,).
    shared : C, the covariance of the private input of both, shape (P,).
    start : a covariance that is not above the solution, shape (P,).
    """
    blocks, n = step.blocks, len(mean)
    K, constant = blocks.K, blocks.threshold_variance + shared
    c = start
    for _ in range(_NEWTON):
        q, p = _products(step, mean, variance, c)
        residual = K @ q + constant - c
        try:
            move = np.linalg.solve(np.eye(n) - K * p, residual)
        except np.linalg.LinAlgError:
            break
        c = np.clip(c + move, -variance, variance)
        if np.all(np.abs(move) <= _CLOSE * (variance + np.max(variance))):
            break
    q, p = _products(step, mean, variance, c)
    off = np.abs(K @ q + constant - c) + (1e-15 + step.products_error) * (K @ np.abs(q) + constant)
    try:
        error = np.abs(np.linalg.inv(np.eye(n) - K * p)) @ off
    except np.linalg.LinAlgError:
        error = variance.copy()
    return Overlap(c, p, np.minimum(error, variance))


def _products(step: OneStep, m: FloatArray, v: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    q, p = step.products(m[:, None], v[:, None], m[:, None], v[:, None], c[:, None])
    return q[:, 0], p[:, 0]
