"""The covariance of two times, or of two copies, that holds itself: c = K q(c) + s + C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.one_step import OneStep

_NEWTON = 60
_CLOSE = 4e-16
_FEW = 24


@dataclass(frozen=True, eq=False)
class Overlap:
    """Covariances that hold themselves, shape (P, n), <phi' phi'> there, and bounds on their errors."""

    covariance: FloatArray
    slopes: FloatArray
    error: FloatArray


def least_overlap(
    step: OneStep, mean: FloatArray, variance: FloatArray, shared: FloatArray, start: FloatArray
) -> Overlap:
    """Return the least solutions of c = K q(c) + s + C, by Newton's method from below.

    q and dq/dc = <phi' phi'> do not fall with c >= 0: Newton's steps from a covariance below the least solution rise
    to it and do not pass it. It is the one that differing copies go to.

    Parameters
    ----------
    mean, variance : of x, shape (P,).
    shared : C, the covariance of the private input of both, shape (P, n): n equations.
    start : a covariance that is not above the solutions, shape (P,).
    """
    K, n = step.blocks.K, shared.shape[1]
    constant = step.blocks.threshold_variance[:, None] + shared
    top = variance[:, None]
    c = np.repeat(start[:, None], n, axis=1)

    def residual(c: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        q, p = _products(step, mean, variance, c)
        return K @ q + constant - c, q, np.eye(len(mean)) - K * p.T[:, None, :]

    for _ in range(_NEWTON):
        off, _, system = residual(c)
        try:
            move = np.linalg.solve(system, off.T[:, :, None])[:, :, 0].T
        except np.linalg.LinAlgError:
            break
        c = np.clip(c + move, -top, top)
        if np.all(np.abs(move) <= _CLOSE * (top + np.max(variance))):
            break
    off, q, system = residual(c)
    off = np.abs(off) + (1e-15 + step.products_error + step.averages_error) * (K @ np.abs(q) + np.abs(constant))
    off += 2.0 * K @ np.abs(_products(step, mean, variance, c, other=True)[0] - q)
    try:
        error = (np.abs(np.linalg.inv(system)) @ off.T[:, :, None])[:, :, 0].T
    except np.linalg.LinAlgError:
        error = np.broadcast_to(top, c.shape)
    return Overlap(c, _products(step, mean, variance, c)[1], np.minimum(error, top))


def _products(
    step: OneStep, mean: FloatArray, variance: FloatArray, c: FloatArray, *, other: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Return <phi phi> and <phi' phi'> at covariances of shape (P, n): few one by one, many by a series."""
    if c.shape[1] > _FEW:
        m, v = mean[:, None], variance[:, None]
        return step.products(m, v, m, v, c)
    found = [step.held(mean, variance, column, other=other) for column in c.T]
    return np.stack([q for q, _ in found], axis=1), np.stack([p for _, p in found], axis=1)
