"""Interpolation on a mesh as a sparse matrix: many functions at the same points cost one product."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine, lobatto


def interpolation(mesh: HalfLine, at: FloatArray) -> Any:
    """Return the matrix from values at the nodes of a mesh to values at points in [0, T], sparse, (n_at, n_nodes)."""
    from scipy.sparse import csr_array

    x, _, _, bary = lobatto(mesh.degree)
    points = np.clip(np.asarray(at, dtype=float), 0.0, mesh.length)
    e = np.clip(np.searchsorted(mesh.edges, points, side="right") - 1, 0, len(mesh.edges) - 2)
    s = 2.0 * (points - mesh.edges[e]) / (mesh.edges[e + 1] - mesh.edges[e]) - 1.0
    gap = s[:, None] - x
    hit = np.abs(gap) < 1e-14
    weight = bary / np.where(hit, 1.0, gap)
    weight = np.where(hit.any(axis=1)[:, None], hit, weight)
    weight = weight / weight.sum(axis=1)[:, None]
    ends = np.arange(len(points) + 1) * len(x)
    return csr_array((weight.ravel(), mesh.index[e].ravel(), ends), shape=(len(points), len(mesh.nodes)))
