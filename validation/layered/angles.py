"""The angle between what a rule does and the gradient."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray


def angle_and_scale(update: FloatArray, gradient: FloatArray) -> tuple[float, float]:
    """Return the angle in degrees and the ratio of norms; an angle with nothing is not known, nan.

    Of both zero too: units that no sample opens have no direction.
    """
    own, true = float(np.linalg.norm(update)), float(np.linalg.norm(gradient))
    if not (own > 0.0 and true > 0.0):
        return float("nan"), own / true if true > 0.0 else float("nan")
    cosine = float(np.vdot(update, gradient)) / (own * true)
    return float(np.degrees(np.arccos(min(max(cosine, -1.0), 1.0)))), own / true


def angles_of(updates: list[FloatArray], gradients: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return angles in degrees, and ratios of norms, of the hidden layers."""
    both = [angle_and_scale(u, g) for u, g in zip(updates[:-1], gradients[:-1], strict=True)]
    return np.array([angle for angle, _ in both]), np.array([scale for _, scale in both])
