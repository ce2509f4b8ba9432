"""The distribution of the weights: rectified Gaussians, with a delta at zero."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.theories.capacity.weights import Weights

_POINTS = 241
_WIDTHS = 4.0


def weight_fields(weights: Weights, theta: float, eta: float) -> dict[str, Any]:
    """Return what a solution says of its weights: silent fractions, widths, and densities of v = sqrt(N) w_i/|w|.

    v = s_E (g - eta c_E)_+ and -s_I (g + eta c_I)_+, g standard normal; with free signs s (g - eta c).
    """
    widths, centres = weights.widths(theta, eta), (-eta * weights.drive[0], eta * weights.drive[1])
    ends = (s * max(m + _WIDTHS, 1.0) for s, m in zip(widths, centres, strict=True) if math.isfinite(s))
    reach = max(ends, default=1.0)
    v = np.linspace(-1.0, 1.0, _POINTS) * reach
    signs = (1.0, -1.0) if weights.signed else (1.0, 1.0)
    means = centres if weights.signed else (centres[0], centres[0])
    rows = []
    for sign, width, mean in zip(signs, widths, means, strict=True):
        bell = np.exp(-0.5 * (sign * v / width - mean) ** 2) / (math.sqrt(2.0 * math.pi) * width)
        # At v = 0, on the edge, the density is that of the side where the weights are.
        rows.append(np.where(sign * v < 0.0, 0.0 * bell, bell) if weights.signed else bell)
    return {
        "silent": np.array(weights.silent(eta)),
        "multiplier": eta,
        "widths": np.array(widths),
        "v": v,
        "density": np.array(rows),
    }


def no_weights() -> dict[str, Any]:
    """Return the same where there are none."""
    fields: dict[str, Any] = {"silent": np.full(2, math.nan), "multiplier": math.nan, "widths": np.full(2, math.nan)}
    return fields | {"v": np.linspace(-1.0, 1.0, _POINTS), "density": np.full((2, _POINTS), math.nan)}
