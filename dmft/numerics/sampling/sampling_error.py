"""The error of what is solved by sampling, and its bias: from all paths together and from independent groups of them.

A quantity that solves a self-consistent equation is a nonlinear function of the sample: with n paths its mean is off by
b/n and its standard error is s/sqrt(n). With G groups of n/G paths each, of the same random numbers,
    mean of groups - all = (G - 1) b/n,    scatter of groups = s sqrt(G/n),
so that one solution with all paths and one a group give both; the first difference is Quenouille's jackknife.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray

_ONE_SIGMA = 0.6826894921370859


@dataclass(frozen=True)
class Sampled:
    """Numbers with what sampling does to them, each of the shape of one group's row.

    Attributes
    ----------
    value : without the bias.
    error : half the width of the interval that holds the truth in 68 of 100 cases, as few groups as there may be; what
        the bias is uncertain by is included.
    bias : what has been taken off.
    """

    value: FloatArray
    error: FloatArray
    bias: FloatArray


def student(n_groups: int) -> float:
    """Return by how much an error from the scatter of n groups must be widened to be what one sigma is of many."""
    from scipy.stats import t

    return float(t.ppf(0.5 + 0.5 * _ONE_SIGMA, n_groups - 1))


def sampled(together: ArrayLike, groups: ArrayLike) -> Sampled:
    """Return a quantity without its bias, and its error.

    Parameters
    ----------
    together : from all paths, shape (...).
    groups : from each of G groups of equally many of these paths, shape (G, ...).
    """
    all_of_them, apart = np.asarray(together, dtype=float), np.asarray(groups, dtype=float)
    n = len(apart)
    bias = (apart.mean(axis=0) - all_of_them) / (n - 1)
    scatter = student(n) * apart.std(axis=0, ddof=1) / math.sqrt(n)
    # the bias is the mean of squares of deviations: n - 1 of them know it to sqrt(2/(n - 1))
    error = np.hypot(scatter, bias * math.sqrt(2.0 / (n - 1)))
    return Sampled(all_of_them - bias, error, bias)


def together(value: ArrayLike, groups: ArrayLike) -> Any:
    """Return what all paths gave, from the value without bias and the groups."""
    apart = np.asarray(groups, dtype=float)
    return (np.asarray(value, dtype=float) * (len(apart) - 1) + apart.mean(axis=0)) / len(apart)
