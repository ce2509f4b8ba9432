"""What is found of one manifold: 1/alpha, and its geometry in the conventions that are in use, each with its error.

Anchors are the points of a manifold (of its convex hull) that hold the read-out: s~ = (v - t)/(v_0 - t_0) of the T =
(t, t_0) that is drawn, from the centre, in units of the centre's norm.

    radius, dimension                   R_M^2 = E |s~|^2, D_M = E (t . s~/|s~|)^2 [Chung, Lee & Sompolinsky 2018]
    centred_radius, cosine_dimension    E |s~ - E s~|^2, D (E cos(t, s~))^2, as widely used code has them
    gaussian_radius, gaussian_dimension the same as the first, of the point that t . s is least at, for every T

Where no constraint is active (F = 0), the first take the point that t . s is least at too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray

MEASURES = (
    "radius",
    "dimension",
    "centred_radius",
    "cosine_dimension",
    "gaussian_radius",
    "gaussian_dimension",
)

BOUNDING = 3.0  # standard errors that an error is said to bound


@dataclass(frozen=True)
class Found:
    """Numbers of one manifold.

    Attributes
    ----------
    cost : 1/alpha.
    bound : on its error that is not sampling.
    scatter : its standard error; 0 where nothing is sampled.
    measures : name -> (number, standard error).
    draws : number of Gaussian vectors, each with its opposite; 0 where nothing is sampled.
    """

    cost: float
    bound: float
    scatter: float
    measures: Mapping[str, tuple[float, float]]
    draws: int = 0


def exact(
    cost: float, bound: float, *, radius: float, dimension: float, axes: float, gaussian_radius: float | None = None
) -> Found:
    """Return what is known of a point or a ball, where t and anchors are parallel."""
    whole = radius if gaussian_radius is None else gaussian_radius
    values = (radius, dimension, radius, axes, whole, dimension)
    return Found(cost, bound, 0.0, {name: (value, 0.0) for name, value in zip(MEASURES, values, strict=True)})


class Anchors:
    """What is drawn: Gaussian vectors T and their opposites -T, whose average counts as one draw.

    F(T) + F(-T) scatters much less than F: what one of them has to move far, the other has not.

    Parameters
    ----------
    axes : D, number of dimensions that the points differ in.
    """

    def __init__(self, axes: int) -> None:
        self._axes = axes
        self._rows: list[FloatArray] = []
        self._anchors: list[FloatArray] = []

    def __len__(self) -> int:
        return sum(map(len, self._rows))

    def add(self, cost: FloatArray, t: FloatArray, s: FloatArray, gaussian: FloatArray, within: FloatArray) -> None:
        """Add draws, those of -T after those of T.

        Parameters
        ----------
        cost : F(T), shape (2 n,).
        t : shape (2 n, d).
        s, gaussian : anchors from the centre, and the points that t . s is least at, shape (2 n, d).
        within : norm of the part of t that lies in the space of the points' differences, shape (2 n,).
        """
        size, along = _along(t, s)
        of_gaussian, gaussian_along = _along(t, gaussian)
        cosine = np.divide(along, within, out=np.zeros_like(along), where=within > 0.0)
        rows = np.column_stack([cost, size**2, along**2, cosine, of_gaussian**2, gaussian_along**2])
        self._rows.append(_paired(rows))
        self._anchors.append(s.reshape(2, -1, s.shape[1]))

    @property
    def relative(self) -> float:
        """Largest relative standard error among 1/alpha, radius and dimension."""
        rows = np.concatenate(self._rows)[:, :3]
        error = rows.std(axis=0, ddof=1) / math.sqrt(len(rows))
        relative = error / np.maximum(rows.mean(axis=0), 1e-300)
        return float(np.max(relative * (1.0, 0.5, 1.0)))

    def found(self) -> Found:
        """Return the averages with their standard errors."""
        rows, anchors = np.concatenate(self._rows), np.concatenate(self._anchors, axis=1)
        n = len(rows)
        mean, error = rows.mean(axis=0), rows.std(axis=0, ddof=1) / math.sqrt(n)
        off = np.sum((anchors - anchors.mean(axis=(0, 1))) ** 2, axis=2).mean(axis=0)
        centred = float(off.mean()) * 2.0 * n / (2.0 * n - 1.0), float(off.std(ddof=1)) / math.sqrt(n)
        cosine = self._axes * float(mean[3]) ** 2, 2.0 * self._axes * abs(float(mean[3])) * float(error[3])
        measures = {
            "radius": _root(mean[1], error[1]),
            "dimension": (float(mean[2]), float(error[2])),
            "centred_radius": _root(*centred),
            "cosine_dimension": cosine,
            "gaussian_radius": _root(mean[4], error[4]),
            "gaussian_dimension": (float(mean[5]), float(error[5])),
        }
        return Found(float(mean[0]), 0.0, float(error[0]), measures, n)


def _paired(rows: FloatArray) -> FloatArray:
    """Return the averages of rows and of those half of them further on."""
    half = len(rows) // 2
    return np.asarray(0.5 * (rows[:half] + rows[half:]))


def _along(t: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return |s|, and the component of t along s."""
    size = np.linalg.norm(s, axis=1)
    along = np.einsum("ij,ij->i", t, s)
    return size, np.divide(along, size, out=np.zeros_like(along), where=size > 0.0)


def _root(square: float, error: float) -> tuple[float, float]:
    root = math.sqrt(max(float(square), 0.0))
    return root, 0.5 * float(error) / root if root > 0.0 else math.sqrt(max(float(error), 0.0))


def nothing(many: int) -> dict[str, Any]:
    """Return the numbers where no margin can be kept: capacity 0, and no geometry."""
    none = {name: math.nan for measure in MEASURES for name in (measure, f"{measure}_error")}
    return none | {
        "capacity": 0.0,
        "capacity_error": 0.0,
        "statistical_dimension": math.inf,
        "statistical_dimension_error": math.nan,
        "capacities": np.zeros(many),
        "capacities_error": np.zeros(many),
        "radii": np.full(many, math.nan),
        "dimensions": np.full(many, math.nan),
        "state": "none",
    }
