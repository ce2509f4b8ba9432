"""One step of Lotka-Volterra equations in compiled code: each species exactly in a field that is constant over it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.compiled import compiled

_FLAT = 1e-7  # root of the discriminant below which a field is taken for one of this size

_compiled = compiled(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")


@_compiled
def step_species(
    s: Any, field: Any, n_states: int, n_tangents: int, capacity: float, immigration: float, dt: float, out: Any
) -> None:
    """Write the rows after a step of x' = x (r - x) + lambda to out; of tangent vectors its derivative.

    Parameters
    ----------
    s : abundances, then the tangent vectors of each, shape (n_states (1 + n_tangents), N).
    field : h, and what tangent vectors make of it, of the same shape; r = capacity + h.
    n_states, n_tangents : see above.
    capacity, immigration : K and lambda.
    dt : the step.
    out : of the same shape, overwritten.
    """
    for state in range(n_states):
        first = n_states + state * n_tangents
        for i in range(s.shape[1]):
            x, r = np.float64(s[state, i]), np.float64(field[state, i]) + capacity
            root = max(math.sqrt(r * r + 4.0 * immigration), _FLAT)
            if r > 0.0:  # root + r and root - r without their rounding
                high = root + r
                low = 4.0 * immigration / high
            else:
                low = root - r
                high = 4.0 * immigration / low
            gone = -math.expm1(-dt * root)
            left = 1.0 - gone
            bottom = low + high * left + 2.0 * x * gone
            after = (x * (high + low * left) + 2.0 * immigration * gone) / bottom
            out[state, i] = after
            if n_tangents > 0:
                by_state = 4.0 * root * root * left / (bottom * bottom)
                faster = -dt * r * left / root
                by_top = x * (high / root - low * left / root + low * faster) - 2.0 * immigration * faster
                by_bottom = -low / root + high * left / root + high * faster - 2.0 * x * faster
                by_field = (by_top - after * by_bottom) / bottom
                for k in range(first, first + n_tangents):
                    out[k, i] = by_state * s[k, i] + by_field * field[k, i]


@_compiled
def add_mean(rows: Any, weight: float, out: Any) -> None:
    """Add weight times the mean of each row to the row of out, summed in double precision."""
    for row in range(rows.shape[0]):
        total = 0.0
        for i in range(rows.shape[1]):
            total += np.float64(rows[row, i])
        more = out.dtype.type(weight * total / rows.shape[1])
        for i in range(rows.shape[1]):
            out[row, i] += more
