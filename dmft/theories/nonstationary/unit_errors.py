"""What independent runs of paths say: means over them, and their errors.

The error of a mean over runs is their scatter (one sigma, Student's), and what the step and the number of paths leave
is known from as many runs of half the paths in twice the step: what these change beyond what both scatter by. The
finite number of paths is felt as the finite size of a network is, as 1/m, and the step at its third power, so that the
change is that bias itself, and seven times the error of the step. What fields leave out (`appended`) is added.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.two_time.appended import LEFT_OUT
from dmft.theories.nonstationary.unit_march import Pass

BY_PAIRS = ("corr_x", "corr_phi")


class Gathered:
    """Means over runs and squares of deviations, by name, run by run: none of them is kept."""

    def __init__(self) -> None:
        self.runs = 0
        self.mean: dict[str, FloatArray] = {}
        self._squares: dict[str, FloatArray] = {}

    def add(self, found: Pass) -> None:
        """Take a run; <x>, var x and what they send at each time, and products at pairs of times."""
        self.runs += 1
        of = {name: getattr(found, name) for name in ("mean_x", "mean_phi", *BY_PAIRS)}
        of["variance"] = np.diagonal(found.corr_x, axis1=1, axis2=2) - found.mean_x**2
        of["square"] = found.mean_x[:, :, None] * found.mean_x[:, None, :]
        for name, value in of.items():
            before = self.mean.setdefault(name, np.zeros_like(value))
            change = value - before
            self.mean[name] = before + change / self.runs
            self._squares[name] = self._squares.get(name, 0.0) + change * (value - self.mean[name])

    def chance(self, name: str) -> FloatArray:
        """Return the variance of the mean."""
        return np.asarray(self._squares[name] / (self.runs * (self.runs - 1)))


def beyond(fine: Gathered, coarse: Gathered, name: str) -> FloatArray:
    """Return what half the paths in twice the step change beyond what both scatter by, at all times."""
    one, other = fine.mean[name], coarse.mean[name]
    every = (slice(None), *(slice(None, None, 2),) * (one.ndim - 1))
    shared = one[every]
    within = (slice(None), *(slice(None, n) for n in shared.shape[1:]))
    change = other[within] - shared
    chance = fine.chance(name)[every] + coarse.chance(name)[within]
    left = np.sqrt(np.maximum(change**2 - chance, 0.0))
    for axis in range(1, one.ndim):
        left = _between(left, one.shape[axis], axis)
    return left


def error_of(fine: Gathered, coarse: Gathered, name: str) -> FloatArray:
    """Return the error of the mean over runs."""
    scatter = student(fine.runs) * np.sqrt(fine.chance(name))
    return np.asarray(scatter + beyond(fine, coarse, name) + LEFT_OUT * np.max(np.abs(fine.mean[name])))


def _between(values: FloatArray, n: int, axis: int) -> FloatArray:
    """Return values of every second time at all n, the mean of both sides between them."""
    doubled = np.repeat(values, 2, axis=axis)
    doubled = np.moveaxis(doubled, axis, 0)
    doubled[1:-1:2] = 0.5 * (doubled[1:-1:2] + doubled[2::2])
    last = doubled[:n] if len(doubled) >= n else np.concatenate([doubled, doubled[-1:]])
    return np.moveaxis(last, 0, axis)


def largest(errors: FloatArray, variance: FloatArray) -> float:
    """Return the largest error of a variance, relative to its largest in time, of any population."""
    size = np.maximum(np.max(variance, axis=1), 1e-300)
    found = float(np.max(np.max(errors, axis=1) / size))
    return found if math.isfinite(found) else math.inf
