"""How abstract a dichotomy of conditions is in a representation: parallelism, and generalisation across conditions.

Conditions are split into two halves by the dichotomy. In an abstract format what tells the halves apart is the same
whatever else distinguishes conditions [Bernardi, Benna, Rigotti et al., Cell 183, 954 (2020)]. Both numbers are to be
read beside their null, of conditions whose responses are moved about at random: distances of high dimension already
have some of either.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import integer
from dmft.models.labels import labels_of
from dmft.models.responses import responses


@dataclass(frozen=True)
class Abstraction:
    """A number of a dichotomy with its permutation null.

    Attributes
    ----------
    value : the number.
    null : the same with responses permuted, shape (n_permutations,).
    p_value : fraction of the null that is as large, the number itself counted.
    """

    value: float
    null: FloatArray
    p_value: float

    def __float__(self) -> float:
        return self.value


def parallelism(points: ArrayLike, dichotomy: ArrayLike, *, n_permutations: int = 200, seed: int = 0) -> Abstraction:
    """Return the parallelism score: the largest mean cosine between the differences of paired conditions.

    Parameters
    ----------
    points : mean response of every condition, shape (n_conditions, n_features); an even number, at least four.
    dichotomy : +1 or -1 for each condition, half of them each.
    n_permutations : of the null, in which the features of each condition change places.
    seed : of the null.

    Returns
    -------
    Abstraction : the maximum over all pairings of conditions across the dichotomy.

    Raises
    ------
    ValueError, TypeError : for other shapes or labels, unequal halves.
    TooCostlyError : for so many conditions that their pairings cannot be gone through.

    Accuracy
    --------
    1 for a product of two variables, rounding; the null of random points: `tests/unit/test_geometry_of_data.py`.

    Cost
    ----
    (n/2)! pairings: 1 ms for 8 conditions, 1 s for 16.
    """
    x = responses("points", points, least=4)
    signs = halves(dichotomy, len(x))
    check_cost(
        f"the pairings of {len(x)} conditions",
        seconds=2e-5 * math.factorial(min(len(x) // 2, 100)) * (1 + n_permutations),
        remedy="take fewer conditions, or fewer permutations",
        longest=3600.0,
    )
    return _with_null(x, n_permutations, seed, lambda own: _parallel(own, signs))


def _parallel(x: FloatArray, signs: FloatArray) -> float:
    one, other = x[signs > 0.0], x[signs < 0.0]
    count, best = len(one), -math.inf
    difference = one[:, None, :] - other[None, :, :]
    size = np.linalg.norm(difference, axis=2)
    unit = difference / np.where(size > 0.0, size, 1.0)[:, :, None]
    for pairing in itertools.permutations(range(count)):
        # sum of all cosines is |sum of units|^2; those of a difference with itself are count, and counted twice
        chosen = unit[np.arange(count), pairing]
        total = float(np.sum(chosen.sum(axis=0) ** 2)) - float(np.sum(chosen * chosen))
        best = max(best, total / (count * (count - 1)))
    return best


def halves(dichotomy: Any, count: int) -> FloatArray:
    """Return labels of which one half is +1, the other -1."""
    if isinstance(dichotomy, str):
        raise TypeError(f"a dichotomy must be +1 or -1 for each condition, got {dichotomy!r}")
    signs = np.array(labels_of(dichotomy, count).rows[0])
    if signs.sum() != 0.0:
        raise ValueError(f"a dichotomy has as many conditions +1 as -1, got {int((signs > 0).sum())} of {count}")
    return signs


def ccgp(trials: ArrayLike, dichotomy: ArrayLike, *, n_permutations: int = 100, seed: int = 0) -> Abstraction:
    """Return the cross-condition generalisation performance of a dichotomy.

    The mean accuracy, on trials of one condition of each half, of a linear read-out with a threshold that was fitted to
    the trials of all others by least squares of the labels (the shortest one where several fit), over all such pairs.

    Parameters
    ----------
    trials : responses, shape (n_conditions, n_trials, n_features), an even number of conditions, at least four.
    dichotomy : +1 or -1 for each condition, half of them each.
    n_permutations : of the null, in which the features of each condition change places, the same in all its trials:
        clouds keep their shapes and distances from the origin, and lose their arrangement.
    seed : of the null.

    Raises
    ------
    ValueError, TypeError : for other shapes or labels, unequal halves.
    TooCostlyError : for more fits than an hour is long enough for.

    Accuracy
    --------
    1 for each of three variables at the corners of a box, below 1/2 for their parity (with four conditions half of the
    pairs leave training conditions that differ in everything): `tests/unit/test_geometry_of_data.py`.

    Cost
    ----
    (n/2)^2 least-squares fits for each permutation: 0.1 s for 8 conditions of 20 trials, 50 features, 100 permutations.
    """
    x = responses("trials", trials, least=4, dimensions=3)
    signs = halves(dichotomy, len(x))
    rows, features = x.shape[0] * x.shape[1], x.shape[2]
    check_cost(
        "the fits of cross-condition generalisation",
        seconds=1e-10 * (len(x) / 2) ** 2 * (1 + n_permutations) * rows * features * min(rows, features),
        remedy="take fewer permutations, conditions or features",
        longest=3600.0,
    )
    return _with_null(x, n_permutations, seed, lambda own: _generalised(own, signs))


def _generalised(x: FloatArray, signs: FloatArray) -> float:
    rates = []
    for one, other in itertools.product(np.flatnonzero(signs > 0.0), np.flatnonzero(signs < 0.0)):
        seen = np.ones(len(x), dtype=bool)
        seen[[one, other]] = False
        rows = x[seen].reshape(-1, x.shape[2])
        labels = np.repeat(signs[seen], x.shape[1])
        middle = rows.mean(axis=0)
        w = np.linalg.lstsq(rows - middle, labels, rcond=None)[0]  # halves of equal size: the threshold is the middle
        rates.append(0.5 * (np.mean((x[one] - middle) @ w > 0.0) + np.mean((x[other] - middle) @ w < 0.0)))
    return float(np.mean(rates))


def _with_null(x: FloatArray, n_permutations: int, seed: int, score: Callable[[FloatArray], float]) -> Abstraction:
    """Return a score, and what it is when the features of each condition change places."""
    count = integer("n_permutations", n_permutations, least=1)
    rng = np.random.default_rng(integer("seed", seed, least=0))
    value = score(x)
    features = x.shape[-1]
    null = np.array([score(np.array([own[..., rng.permutation(features)] for own in x])) for _ in range(count)])
    return Abstraction(value, null, float(1 + np.sum(null >= value)) / (1 + count))
