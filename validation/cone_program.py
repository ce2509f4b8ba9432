"""Convex programs over cones, by Clarabel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from validation.errors import SimulationError

_GAP = 1e-5  # between primal and dual, relative, up to which a program that is almost solved counts


def cone_program(
    quadratic: Any,
    linear: FloatArray,
    rows: Sequence[FloatArray],
    sides: Sequence[FloatArray],
    *,
    nonnegative: int,
    cones: Sequence[int] = (),
) -> Any:
    """Return x of the least x.Q x/2 + q.x with b - A x in the cones, or None if there is none.

    Parameters
    ----------
    quadratic, linear : Q, sparse, and q.
    rows, sides : A and b, in pieces.
    nonnegative, cones : how many of the rows must be >= 0, and lengths of the second-order cones of those after them.

    Raises
    ------
    SimulationError : if the solver ends in another way.
    """
    import clarabel
    from scipy import sparse

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    kinds = [clarabel.NonnegativeConeT(nonnegative)]
    kinds += [clarabel.SecondOrderConeT(length) for length in cones]
    matrix = sparse.csc_matrix(np.vstack(rows))
    found = clarabel.DefaultSolver(quadratic, linear, matrix, np.concatenate(sides), kinds, settings).solve()
    word = str(found.status)
    gap = abs(found.obj_val - found.obj_val_dual) / max(1.0, abs(found.obj_val))
    if word == "Solved" or (word == "AlmostSolved" and gap <= _GAP):
        return np.asarray(found.x)
    if "PrimalInfeasible" in word:
        return None
    raise SimulationError(f"the cone program of {len(linear)} variables ended as {word}")
