"""What is taken out of a nonlinearity that is not smooth: ramps, whose averages are closed forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.numerics.kinks import bends, kinks

_MOST_KINKS = 6
_LARGEST_PARABOLA = 300.0


@dataclass(frozen=True)
class Ramp:
    """strength max(0, x - place)^order/order!, a part of a nonlinearity that is not smooth."""

    place: float
    strength: float
    order: int


def found_ramps(nonlinearity: Any, reach: float, extent: float) -> tuple[Ramp, ...]:
    """Return the kinks in |x| < reach, if they are few, and the jumps of higher derivatives; x is of order `extent`."""
    places, strengths = kinks(nonlinearity, reach)
    if len(places) > _MOST_KINKS:
        return ()
    found = [Ramp(float(x), float(s), 1) for x, s in zip(places, strengths, strict=True)]
    # Parabolas grow: where phi stays much smaller, taking them out would cost more digits than it gains.
    places, second, third = bends(nonlinearity, reach)
    size = float(np.max(np.abs(nonlinearity(np.array([-1.0, 0.5, 1.0]) * extent))))
    if 0 < len(places) <= _MOST_KINKS:
        for order, jumps in ((2, second), (3, third)):
            if np.max(np.abs(jumps)) * extent**order > _LARGEST_PARABOLA * math.factorial(order) * size:
                break
            found += [Ramp(float(x), float(s), order) for x, s in zip(places, jumps, strict=True) if s != 0.0]
    return tuple(found)
