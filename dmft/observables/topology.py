"""Rings, tori and other holes in a set of responses: persistent homology, by ripser.

Only distances and landmarks are made here; `ripser` [Tralie, Saul & Bar-On, J. Open Source Softw. 3, 925 (2018)] is an
optional extra, `pip install 'dmft[topology]'`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.errors import DMFTError
from dmft.models.checks import integer
from dmft.models.responses import responses


@dataclass(frozen=True)
class Topology:
    """Births and deaths of holes.

    Attributes
    ----------
    diagrams : for every dimension 0, 1, ..., births and deaths in units of distance, shape (n_holes, 2); the component
        that never dies has the death inf.
    landmarks : numbers of the points that were used.
    cover : largest distance of a point from the nearest landmark: what is born and dies within it is not resolved.
    """

    diagrams: tuple[FloatArray, ...]
    landmarks: FloatArray
    cover: float

    def persistent(self, dimension: int, ratio: float = 3.0) -> int:
        """Return the number of holes that live much longer than others.

        Parameters
        ----------
        dimension : 1 for loops, 2 for voids.
        ratio : how many times longer than the longest of those that are left out; a gap below that is no gap, and
            then there is none.
        """
        lives = np.sort(np.diff(self.diagrams[dimension], axis=1).ravel())[::-1]
        lives = np.append(lives[np.isfinite(lives)], self.cover)
        gaps = np.flatnonzero(lives[:-1] > ratio * lives[1:])
        return int(gaps[0]) + 1 if gaps.size else 0


def landmarks(points: ArrayLike, count: int, *, seed: int = 0) -> tuple[FloatArray, float]:
    """Return points that lie far apart: each is the one farthest from all before it.

    Parameters
    ----------
    points : shape (n, n_features).
    count : how many, at most n.
    seed : of the first.

    Returns
    -------
    numbers of the points, shape (count,), and the largest distance of a point from the nearest of them.

    Raises
    ------
    ValueError, TypeError : for points of another shape, or more landmarks than points.
    """
    x = responses("points", points)
    count = integer("count", count, least=1)
    if count > len(x):
        raise ValueError(f"count must be at most the number of points, {len(x)}, got {count}")
    chosen = [int(np.random.default_rng(integer("seed", seed, least=0)).integers(len(x)))]
    far = np.linalg.norm(x - x[chosen[0]], axis=1)
    while len(chosen) < count:
        far[chosen] = -1.0  # of points that are all the same, others are taken all the same
        chosen.append(int(np.argmax(far)))
        far = np.minimum(far, np.linalg.norm(x - x[chosen[-1]], axis=1))
    return np.array(chosen), float(max(far.max(), 0.0))


def topology(points: ArrayLike, *, dimension: int = 1, count: int = 300, seed: int = 0) -> Topology:
    """Return the persistent homology of responses, by landmarks.

    Parameters
    ----------
    points : shape (n, n_features).
    dimension : largest dimension of holes: 1 for loops, 2 for voids.
    count : number of landmarks, or all points if there are fewer.
    seed : of the first landmark.

    Raises
    ------
    ValueError, TypeError : for points of another shape, not finite.
    TooCostlyError : for so many landmarks that it would not end.
    DMFTError : if ripser is not installed.

    Accuracy
    --------
    A ring has one loop, a torus two and a void: `tests/unit/test_geometry_of_data.py`, where ripser is installed.

    Cost
    ----
    300 landmarks: 0.1 s for loops, 10 s for voids.
    """
    x = responses("points", points, least=2)
    dimension = integer("dimension", dimension, least=0)
    own, cover = landmarks(x, min(integer("count", count, least=2), len(x)), seed=seed)
    check_cost(
        f"homology of dimension {dimension} of {len(own)} landmarks",
        memory=16.0 * float(len(own)) ** (dimension + 2) / 6.0,
        remedy="take fewer landmarks (count)",
    )
    try:
        from ripser import ripser
    except ImportError:
        raise DMFTError("topology needs ripser, which is not installed: pip install 'dmft[topology]'") from None
    chosen = x[own]
    distances = np.linalg.norm(chosen[:, None, :] - chosen[None, :, :], axis=2)
    found = ripser(distances, distance_matrix=True, maxdim=dimension)
    return Topology(tuple(np.asarray(diagram) for diagram in found["dgms"]), own, cover)
