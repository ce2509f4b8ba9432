"""The random couplings of a network: drawn by block, as a matrix or where the activity meets them."""

from __future__ import annotations

from typing import Any

import numpy as np

from validation.ensemble import couplings as draw_couplings
from validation.simulators.arrays import Arrays
from validation.simulators.layout import Layout
from validation.simulators.product import CouplingProduct
from validation.simulators.question import Question
from validation.simulators.revealed import RevealedProduct


def random_couplings(
    question: Question,
    layout: Layout,
    rows: int,
    dtype: Any,
    rng: np.random.Generator,
    arrays: Arrays,
    storage: str,
) -> CouplingProduct | RevealedProduct | None:
    """Return the product with the random couplings that a network asks for; None if it has none.

    One matrix is drawn for all populations, and its blocks are scaled: J_ij = g_ab z_ij sqrt(f_b/N_b).
    """
    if not np.any(question.gains):
        return None
    if storage == "revealed":
        return RevealedProduct(layout.n, float(question.gains[0, 0]), dtype, rng)
    # What is drawn serves as J^T: a matrix of either symmetry has the law of its transpose.
    if len(layout.slices) == 1:
        transposed = draw_couplings(layout.n, float(question.gains[0, 0]), question.symmetry, dtype, rng)
    else:
        transposed = draw_couplings(layout.n, layout.n**0.5, question.symmetry, dtype, rng)
        deviations = np.sqrt(layout.share(question.gains**2))
        for a, target in enumerate(layout.slices):
            for b, source in enumerate(layout.slices):
                transposed[source, target] *= transposed.dtype.type(deviations[a, b])
    return CouplingProduct(transposed, rows, arrays)
