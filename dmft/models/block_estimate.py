"""Gains and means of the blocks of a matrix of couplings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.models.spelt import Spelt


@dataclass(frozen=True, eq=False)
class BlockEstimate(Spelt):
    """Blocks of a matrix J of N units, its diagonal left out; rows are targets.

    Attributes
    ----------
    names : of the populations, in the order in which the labels name them first; ("",) without labels.
    counts : number of units of each.
    order : indices that put the units population after population, as `validation.simulate(couplings=...)` has them.
    means, means_error : M_ab, N times the mean of the entries, and its standard error, shape (P, P).
    gains, gains_error : g_ab, root of N times the variance of the entries, and its standard error, shape (P, P).
    symmetry, symmetry_error : correlation of J_ij with J_ji, each about its mean and relative to its deviation.
    excess : largest excess, in standard errors, of the variance of row or column sums of a block over that of
        independent entries.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    order: NDArray[np.intp]
    means: FloatArray
    means_error: FloatArray
    gains: FloatArray
    gains_error: FloatArray
    symmetry: float
    symmetry_error: float
    excess: float


def estimate_blocks(couplings: Any, labels: Any = None) -> BlockEstimate:
    """Return means and variances of the entries of a matrix, block by block, with standard errors.

    Parameters
    ----------
    couplings : J, shape (N, N), [i, j] acts from j to i; an array, or a sparse matrix of scipy.
    labels : the name of the population of each unit, shape (N,); None for one population without a name.

    Returns
    -------
    BlockEstimate

    Raises
    ------
    ValueError, TypeError : for what is no square matrix of finite numbers, labels of another length, names that are no
        words, populations of fewer than two units.

    Accuracy
    --------
    The errors cover for entries that are independent (tests/unit/test_from_matrix.py).
    """
    matrix = _matrix(couplings)
    n = len(matrix)
    names, members = _members(labels, n)
    p = len(names)
    means, means_error, gains, gains_error = np.zeros((4, p, p))
    standard, excess = np.zeros_like(matrix), 0.0
    for a, rows in enumerate(members):
        for b, columns in enumerate(members):
            block = matrix[np.ix_(rows, columns)]
            there = rows[:, None] != columns[None, :]
            entries = block[there]
            mean, variance = float(entries.mean()), float(entries.var(ddof=1))
            fourth = float(np.mean((entries - mean) ** 4))
            means[a, b], means_error[a, b] = n * mean, n * math.sqrt(variance / entries.size)
            gains[a, b] = math.sqrt(n * variance)
            if variance > 0.0:
                of_variance = math.sqrt(max(fourth - variance**2, 0.0) / entries.size)
                gains_error[a, b] = 0.5 * math.sqrt(n / variance) * of_variance
                about = np.where(there, block - mean, 0.0) / math.sqrt(variance)
                standard[np.ix_(rows, columns)] = about
                excess = max(excess, _excess(about, there), _excess(about.T, there.T))
    upper = np.triu_indices(n, 1)
    products = standard[upper] * standard.T[upper]
    return BlockEstimate(
        names=names,
        counts=tuple(map(len, members)),
        order=np.concatenate(members),
        means=means,
        means_error=means_error,
        gains=gains,
        gains_error=gains_error,
        symmetry=float(np.clip(products.mean(), -1.0, 1.0)),
        symmetry_error=float(products.std() / math.sqrt(products.size)),
        excess=excess,
    )


def _matrix(couplings: Any) -> FloatArray:
    dense = couplings.toarray() if hasattr(couplings, "toarray") else couplings
    try:
        if np.iscomplexobj(dense):
            raise TypeError
        matrix = np.asarray(dense, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"couplings must be a square matrix of real numbers, got {type(couplings).__name__}") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 3:
        raise ValueError(f"couplings must be a square matrix of three units or more, got shape {matrix.shape}")
    if not np.all(np.isfinite(matrix)):
        raise ValueError("couplings must be finite numbers, got some that are not")
    if np.max(np.abs(matrix)) > 1e100:
        raise ValueError(f"couplings must be at most 1e100 in size, got {np.max(np.abs(matrix)):.3g}")
    return matrix


def _members(labels: Any, n: int) -> tuple[tuple[str, ...], list[NDArray[np.intp]]]:
    if labels is None:
        return ("",), [np.arange(n)]
    try:
        words = [str(label) if isinstance(label, (str, np.str_)) else None for label in labels]
    except TypeError:
        raise TypeError(f"labels must be a name for each unit, got {labels!r}") from None
    if len(words) != n:
        raise ValueError(f"labels must be one for each of the {n} units, got {len(words)}")
    for word, label in zip(words, labels, strict=True):
        if word is None or not word.isidentifier():
            raise ValueError(f"labels must be names of populations, words like 'E', got {label!r}")
    names = tuple(dict.fromkeys(word for word in words if word is not None))
    members = [np.array([i for i, word in enumerate(words) if word == name]) for name in names]
    for name, own in zip(names, members, strict=True):
        if len(own) < 2:
            raise ValueError(f"each population must have two units or more, got {len(own)} of {name!r}")
    return names, members


def _excess(about: FloatArray, there: NDArray[np.bool_]) -> float:
    """Return by how many standard errors row sums of standardised entries vary more than independent ones."""
    counts = there.sum(axis=1)
    if len(about) < 8 or counts.min() < 8:
        return 0.0
    scores = about.sum(axis=1) ** 2 / counts
    return float((scores.mean() - 1.0) / max(math.sqrt(2.0 / len(scores)), 1e-300))
