"""A normal variable scaled and clipped to an interval: what the weights of a bounded least-squares fit are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dmft.numerics.gaussian.excess import beyond, density


@dataclass(frozen=True)
class Clipped:
    """v = clip(s g, low, high), g standard normal, s > 0.

    Attributes
    ----------
    scale : s.
    low, high : bounds, which may be infinite; low < high.
    """

    scale: float
    low: float
    high: float

    @property
    def within(self) -> float:
        """P(low < s g < high)."""
        a, b = self.low / self.scale, self.high / self.scale
        return beyond(a) - beyond(b) if a < 0.0 or b < 0.0 else _strip(a, b)

    @property
    def overlap(self) -> float:
        """E g v, by parts s P(low < s g < high)."""
        return self.scale * self.within

    @property
    def unit_square(self) -> float:
        """E v^2/s^2."""
        a, b = self.low / self.scale, self.high / self.scale
        total = self.within + _edge(a) - _edge(b)
        if math.isfinite(a):
            total += a * a * beyond(-a)
        if math.isfinite(b):
            total += b * b * beyond(b)
        return total

    @property
    def square(self) -> float:
        """E v^2."""
        return self.scale * self.scale * self.unit_square


def _edge(x: float) -> float:
    return x * density(x) if math.isfinite(x) else 0.0


def _strip(a: float, b: float) -> float:
    return max(beyond(a) - beyond(b), 0.0)
