"""Products with a weighted sum over past rates, and over their perturbations: each row of the past is read once."""

from __future__ import annotations

from typing import Any

from dmft.compiled import compiled

_compiled = compiled(nogil=True, fastmath=True)


@_compiled
def add_history(past: Any, weights: Any, rates: Any, out: Any, seen: Any) -> None:
    """Add A phi to out, A = sum_m w_m phi_m phi_m^T.

    Parameters
    ----------
    past : phi_m, shape (L, N).
    weights : w_m, shape (L,).
    rates, out : phi, and what is added to, shape (N,).
    seen : w_m phi_m . phi, shape (L,), overwritten.
    """
    for m in range(len(weights)):
        row = past[m]
        total = weights.dtype.type(0.0)
        for i in range(len(rates)):
            total += row[i] * rates[i]
        total *= weights[m]
        for i in range(len(rates)):
            out[i] += total * row[i]
        seen[m] = total


@_compiled
def add_perturbation(past: Any, perturbed: Any, weights: Any, seen: Any, rates: Any, moved: Any, out: Any) -> None:
    """Add A (phi' dx) + dA phi to out, dA = sum_m w_m (dphi_m phi_m^T + phi_m dphi_m^T).

    Parameters
    ----------
    past, perturbed : phi_m and dphi_m, shape (L, N).
    weights, seen : w_m and w_m phi_m . phi, shape (L,).
    rates, moved, out : phi, phi' dx, and what is added to, shape (N,).
    """
    for m in range(len(weights)):
        row, change = past[m], perturbed[m]
        total = weights.dtype.type(0.0)
        for i in range(len(rates)):
            total += row[i] * moved[i] + change[i] * rates[i]
        total *= weights[m]
        known = seen[m]
        for i in range(len(rates)):
            out[i] += total * row[i] + known * change[i]
