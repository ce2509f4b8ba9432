"""One pass over plastic couplings, and over their perturbations: decay, update, product."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.compiled import compiled


@compiled(fastmath=True)
def update_and_multiply(plastic: Any, old: Any, new: Any, decay: Any, gain_old: Any, gain_new: Any, out: Any) -> None:
    """Do A <- decay A + gain_old old old^T + gain_new new new^T and out += A new, reading A once.

    Parameters
    ----------
    plastic : A, shape (N, N), C order, overwritten.
    old, new : rates at the beginning and the end of the step, shape (N,).
    decay, gain_old, gain_new : see `synaptic_weights`.
    out : shape (N,), added to.
    """
    n = len(new)
    for i in range(n):
        a = gain_old * old[i]
        b = gain_new * new[i]
        total = plastic.dtype.type(0.0)
        for j in range(n):
            value = decay * plastic[i, j] + a * old[j] + b * new[j]
            plastic[i, j] = value
            total += value * new[j]
        out[i] += total


@compiled(fastmath=True)
def perturb_and_multiply(
    perturbation: Any,
    old: Any,
    new: Any,
    moved_old: Any,
    moved_new: Any,
    decay: Any,
    gain_old: Any,
    gain_new: Any,
    out: Any,
) -> None:
    """Do the same for a perturbation of A, whose source is moved phi^T + phi moved^T: advance it, and out += dA new.

    Parameters
    ----------
    perturbation : dA, shape (N, N), C order, overwritten.
    old, new : rates phi at the beginning and the end of the step, shape (N,).
    moved_old, moved_new : their perturbations phi' dx.
    decay, gain_old, gain_new : see `synaptic_weights`.
    out : shape (N,), added to.
    """
    n = len(new)
    for i in range(n):
        a, b = gain_old * old[i], gain_new * new[i]
        c, d = gain_old * moved_old[i], gain_new * moved_new[i]
        total = perturbation.dtype.type(0.0)
        for j in range(n):
            value = decay * perturbation[i, j] + a * moved_old[j] + c * old[j] + b * moved_new[j] + d * new[j]
            perturbation[i, j] = value
            total += value * new[j]
        out[i] += total


def synaptic_weights(k: float, p: float, n: int, dt: float) -> tuple[float, float, float]:
    """Return (decay, gain of the old rates, gain of the new ones) for p dA/dt = -A + (k/n) phi phi^T over one step.

    Exact for phi phi^T linear in time over the step.
    """
    ratio = dt / p
    decay = np.exp(-ratio)
    mean = -np.expm1(-ratio) / ratio
    return float(decay), float(k / n * (mean - decay)), float(k / n * (1.0 - mean))
