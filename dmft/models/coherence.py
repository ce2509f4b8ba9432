"""How much modes that the means of the couplings make coherent correct a theory of means and variances by block."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning, warn

_WORTH = 0.1  # a warning


def coherence(means: FloatArray, variances: FloatArray, fractions: FloatArray, n: float) -> float:
    """Return max|A| max(g)/sqrt(N), A_ab = M_ab f_b: corrections by coherent modes are of this order.

    Parameters
    ----------
    means, variances : M_ab and g_ab^2, shape (P, P).
    """
    return float(np.max(np.abs(means * fractions))) * math.sqrt(float(np.max(variances))) / math.sqrt(n)


def warn_of_coherence(order: float, n: float, sees: str, remedy: str) -> None:
    """Warn where that is more than about a tenth.

    Warns
    -----
    AccuracyWarning : naming the order of the correction.
    """
    if order > _WORTH:
        warn(
            f"theory sees {sees}: at N = {n:g} coherent modes correct it by the order of max|A| max(g)/sqrt(N) = "
            f"{order:.2g}, above {_WORTH:g}, A the means times the fractions; {remedy}",
            AccuracyWarning,
        )
