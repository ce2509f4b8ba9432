"""Interpolation on a mesh as a sparse matrix: many functions at the same points cost one product."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine


def interpolation(mesh: HalfLine, at: FloatArray) -> Any:
    """Return the matrix from values at the nodes of a mesh to values at points in [0, T], sparse, (n_at, n_nodes)."""
    from scipy.sparse import csr_array

    e, weight = mesh.barycentric(np.asarray(at, dtype=float))
    n, of = weight.shape
    weight = weight / weight.sum(axis=1)[:, None]
    return csr_array((weight.ravel(), mesh.index[e].ravel(), np.arange(n + 1) * of), shape=(n, len(mesh.nodes)))
