"""How initial weights are distributed: symmetric about zero, of variance one before they are scaled."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import numbers

Weights: TypeAlias = str | tuple[tuple[float, ...], ...]

_ROUNDING = 1e-9  # of probabilities that add up to one


@dataclass(frozen=True)
class Law:
    """A symmetric distribution of variance one.

    Attributes
    ----------
    mean_size : E|w|, between 0 and 1; all that the angle of feedback by signs depends on.
    zeros : probability that a weight is zero.
    sizes, probabilities : of a law of a few sizes; empty for a continuous one.
    """

    mean_size: float
    zeros: float = 0.0
    sizes: tuple[float, ...] = field(default=(), repr=False)
    probabilities: tuple[float, ...] = field(default=(), repr=False)
    uniform: bool = False

    def drawn(self, rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
        """Return independent weights."""
        if self.uniform:
            return rng.uniform(-math.sqrt(3.0), math.sqrt(3.0), shape)
        if not self.sizes:
            return rng.standard_normal(shape)
        sizes = (
            np.asarray(self.sizes)[0] if len(self.sizes) == 1 else rng.choice(self.sizes, shape, p=self.probabilities)
        )
        return np.asarray(np.where(rng.random(shape) < 0.5, -sizes, sizes))


_WORDS = {
    "gaussian": Law(math.sqrt(2.0 / math.pi)),
    "uniform": Law(math.sqrt(3.0) / 2.0, uniform=True),
    "sign": Law(1.0, 0.0, (1.0,), (1.0,)),
}


def checked_weights(weights: Any) -> Weights:
    """Return a word, or the sizes of weights with their probabilities as two rows.

    Raises
    ------
    ValueError, TypeError : for another word; sizes that are negative, given twice or all zero; probabilities that are
        negative or do not add up to one.
    """
    if isinstance(weights, str):
        if weights not in _WORDS:
            words = ", ".join(map(repr, _WORDS))
            raise ValueError(f"weights must be one of {words}, or sizes with their probabilities; got {weights!r}")
        return weights
    rows = numbers("weights", weights)
    if rows.ndim != 2 or len(rows) != 2 or rows.size == 0 or not np.all(np.isfinite(rows)):
        raise ValueError(
            "weights must be 'gaussian', 'uniform', 'sign', or two rows of finite numbers, sizes and their "
            f"probabilities, such as [[1, 3], [0.8, 0.2]]; got {weights!r}"
        )
    sizes, shares = rows
    if np.any(sizes < 0.0) or len(np.unique(sizes)) < len(sizes) or not np.max(sizes * (shares > 0.0)) > 0.0:
        raise ValueError(f"sizes of weights must be different, not negative, and not all zero; got {sizes.tolist()}")
    if np.any(shares < 0.0) or abs(float(shares.sum()) - 1.0) > _ROUNDING:
        raise ValueError(f"probabilities of sizes must be >= 0 and add up to 1; got {shares.tolist()}")
    return tuple(map(float, sizes)), tuple(map(float, shares))


def law_of(weights: Weights) -> Law:
    """Return the law of checked weights, scaled to variance one."""
    if isinstance(weights, str):
        return _WORDS[weights]
    sizes, shares = np.asarray(weights[0]), np.asarray(weights[1])
    sizes, shares = sizes[shares > 0.0], shares[shares > 0.0] / shares.sum()
    sizes = sizes / np.max(sizes)  # so that squares are numbers
    sizes = sizes / math.sqrt(float(shares @ sizes**2))
    zeros = float(shares[sizes == 0.0].sum())
    return Law(float(shares @ sizes), zeros, tuple(sizes.tolist()), tuple(shares.tolist()))
