"""Averages at many means and variances at once, good to a percent: where states with a mean are looked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.hermite import hermite_functions
from dmft.theories.low_rank import Structure

_MEANS, _VARIANCES, _RATIOS, _TERMS = 61, 49, 41, 48
_Z = np.linspace(-7.0, 7.0, 241)


@dataclass(frozen=True, eq=False)
class Table:
    """<phi>, <phi'> and the static input needed, over the variance, on a grid of means and of log variances.

    Attributes
    ----------
    means, logs : the grid.
    splines : name -> interpolation: "phi", "slope", "still" and "moving" (s/c0 of a state that does not move, or does).
    """

    means: FloatArray
    logs: FloatArray
    splines: dict[str, Any]

    def at(self, name: str, mean: float, log_c0: float) -> float:
        """Return a value at a mean and a log variance, at the edge where they are outside."""
        return float(
            self.splines[name](
                min(max(mean, self.means[0]), self.means[-1]), min(max(log_c0, self.logs[0]), self.logs[-1])
            )[0, 0]
        )


def tabulated(structure: Structure, largest_mean: float, least: float, largest: float) -> Table:
    """Return the table for means up to a size around 0, and variances between two."""
    from scipy.interpolate import RectBivariateSpline

    # Fine about 0, where phi is steep.
    means = largest_mean * np.sinh(np.linspace(-3.0, 3.0, _MEANS)) / math.sinh(3.0)
    if largest_mean == 0.0:
        means = np.linspace(-1e-3, 1e-3, 5)
    means = means + (structure.bias if not np.any(structure.mean_left) else 0.0)
    logs = np.linspace(math.log(least), math.log(largest), _VARIANCES)
    spend(1e-7 * len(means) * len(logs) * (len(_Z) + _TERMS * _RATIOS))
    sigma = np.exp(0.5 * logs)
    x = means[:, None, None] + sigma[None, :, None] * _Z
    weights = np.exp(-0.5 * _Z * _Z)
    weights /= weights.sum()
    phi = np.nan_to_num(np.broadcast_to(np.asarray(structure.nonlinearity(x), dtype=float), x.shape))
    slope = np.nan_to_num(np.broadcast_to(np.asarray(structure.nonlinearity.derivative(x), dtype=float), x.shape))
    square, c0 = phi**2 @ weights, np.exp(logs)
    still = 1.0 - structure.g**2 * square / c0
    a2 = (phi @ (hermite_functions(_Z, _TERMS) * (weights * np.exp(0.25 * _Z * _Z))).T) ** 2
    a2[..., -1] += np.maximum(square - a2.sum(axis=-1), 0.0)
    moving = _moving(structure, a2, c0, still)
    values = {"phi": phi @ weights, "slope": slope @ weights, "still": still, "moving": moving}
    return Table(means, logs, {name: RectBivariateSpline(means, logs, v, kx=3, ky=3) for name, v in values.items()})


def _moving(structure: Structure, a2: FloatArray, c0: FloatArray, still: FloatArray) -> FloatArray:
    """Return s/c0 of moving states, by the energy on a grid of c_inf/c0."""
    r = 1.0 - np.geomspace(1e-3, 1.0, _RATIOS)
    n = np.arange(a2.shape[-1])
    powers = r[:, None] ** n
    # 2 int_r^1 [q(u) - q(r)] du/(1 - r)^2 of each power
    part = 2.0 * ((1.0 - r[:, None] ** (n + 1)) / (n + 1) - powers * (1.0 - r[:, None])) / (1.0 - r[:, None]) ** 2
    energy = 1.0 - structure.g**2 * (a2 @ part.T) / c0[:, None]
    energy = energy - (0.5 * structure.white / (c0[:, None] * (1.0 - r))) ** 2
    q = structure.g**2 * (a2 @ powers.T) / c0[:, None]
    s = r - q
    index = np.argmax(energy > 0.0, axis=-1)  # the energy rises with the swing
    none, resting = ~np.any(energy > 0.0, axis=-1), energy[..., 0] > 0.0
    at = np.clip(index, 1, None)[..., None]
    e1, e0 = (np.take_along_axis(energy, at - k, axis=-1)[..., 0] for k in (0, 1))
    s1, s0 = (np.take_along_axis(s, at - k, axis=-1)[..., 0] for k in (0, 1))
    with np.errstate(all="ignore"):
        between = s0 + (s1 - s0) * np.clip(-e0 / (e1 - e0), 0.0, 1.0)
    lacking = s[..., -1] + energy[..., -1]
    out = np.where(none, lacking, between)
    rest = still if structure.white == 0.0 else s[..., 0]
    return np.asarray(np.where(resting, rest, out))
