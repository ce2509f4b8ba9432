"""Several functions of the lag on one mesh of spectral elements, coupled at each node: stiffness and direct solves.

(-scale_a d^2 + V_ab(lag)) u_b = f_a in weak form. The inner nodes of every element are eliminated first, all elements
at once (static condensation); what is left couples the ends of elements alone.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.lobatto import lobatto
from dmft.numerics.spectral_elements import HalfLine

_DENSE = 400  # unknowns at the ends of elements up to which one dense matrix is faster


def bent(mesh: HalfLine, values: FloatArray) -> FloatArray:
    """Return -d^2 u in weak form, u of shape (n, k).

    Element by element from differences to the left end: a constant has no curvature, to all digits.
    """
    index = mesh.index
    local = values[index]
    local = local - local[:, :1]
    bending = _reference(mesh.degree) / (0.5 * np.diff(mesh.edges))[:, None, None]
    out = np.zeros_like(values)
    np.add.at(out, index, bending @ local)
    return out


def solve_coupled(mesh: HalfLine, scale: FloatArray, potential: FloatArray, right: FloatArray) -> FloatArray:
    """Solve (-scale_a d^2 + V_ab) u_b = f_a in weak form, with natural (zero slope) ends.

    Parameters
    ----------
    mesh : n nodes.
    scale : of each function, shape (P,).
    potential : V at the nodes, shape (n, P, P).
    right : weak right-hand sides, shape (n, P, k).

    Returns
    -------
    u, shape (n, P, k).

    Raises
    ------
    numpy.linalg.LinAlgError : where the operator is singular.

    Notes
    -----
    Accuracy: to rounding times the condition (`tests/unit/test_coupled_elements.py`, against a dense matrix).
    Cost: about (degree P)^3 operations an element.
    """
    degree, index, n_fields = mesh.degree, mesh.index, len(scale)
    inner, n_elements = slice(1, -1), len(mesh.index)
    of_inner, to_ends, from_ends, held = _parts(mesh, scale, potential)
    n_inner, n_ends = of_inner.shape[1], held.shape[1]
    k = right.shape[2]
    inside = right[index[:, inner]].reshape(n_elements, n_inner, k)
    found = np.linalg.solve(of_inner, np.concatenate([to_ends, inside], axis=2))
    schur = held - from_ends @ found[..., :n_ends]
    moved = from_ends @ found[..., n_ends:]
    at_ends = _at_ends(schur, moved, right[::degree])
    both = np.concatenate([at_ends[:-1], at_ends[1:]], axis=1)
    out = np.empty_like(right)
    out[::degree] = at_ends
    out[index[:, inner]] = (found[..., n_ends:] - found[..., :n_ends] @ both).reshape(
        n_elements, degree - 1, n_fields, k
    )
    return out


def sign_of_coupled(mesh: HalfLine, scale: FloatArray, potential: FloatArray) -> float:
    """Return the sign of the determinant of (-scale_a d^2 + V_ab) in weak form: 1, -1, or 0 where it is singular.

    Parameters, cost : as of `solve_coupled`.
    """
    of_inner, to_ends, from_ends, held = _parts(mesh, scale, potential)
    signs = np.linalg.slogdet(of_inner)[0]
    if not np.all(signs):
        return 0.0
    schur = held - from_ends @ np.linalg.solve(of_inner, to_ends)
    n_fields = len(scale)
    first, last = slice(0, n_fields), slice(n_fields, None)
    pivot, sign = schur[0, first, first], float(np.prod(signs))
    for e in range(len(schur)):
        sign *= float(np.linalg.slogdet(pivot)[0])
        if sign == 0.0:
            return 0.0
        pivot = schur[e, last, last] - schur[e, last, first] @ np.linalg.solve(pivot, schur[e, first, last])
        if e + 1 < len(schur):
            pivot = pivot + schur[e + 1, first, first]
    return sign * float(np.linalg.slogdet(pivot)[0])


def _parts(
    mesh: HalfLine, scale: FloatArray, potential: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the operators of the elements in four blocks: of inner nodes, to and from the ends, and of the ends."""
    degree, index, n_fields = mesh.degree, mesh.index, len(scale)
    half = 0.5 * np.diff(mesh.edges)
    n_elements, n_local = index.shape
    local = np.zeros((n_elements, n_local, n_fields, n_local, n_fields))
    stiff = _reference(degree) / half[:, None, None]
    for a in range(n_fields):
        local[:, :, a, :, a] = scale[a] * stiff
    mass = half[:, None] * lobatto(degree)[1]
    node = np.arange(n_local)
    local[:, node, :, node, :] += (mass[:, :, None, None] * potential[index]).swapaxes(0, 1)
    inner, ends = slice(1, -1), [0, degree]
    n_inner, n_ends = (degree - 1) * n_fields, 2 * n_fields
    of_inner = local[:, inner, :, inner].reshape(n_elements, n_inner, n_inner)
    to_ends = local[:, inner][:, :, :, ends].reshape(n_elements, n_inner, n_ends)
    from_ends = local[:, ends][:, :, :, inner].reshape(n_elements, n_ends, n_inner)
    held = local[:, ends][:, :, :, ends].reshape(n_elements, n_ends, n_ends)
    return of_inner, to_ends, from_ends, held


def _at_ends(schur: FloatArray, moved: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solution at the ends of elements, shape (n_elements + 1, P, k): a block tridiagonal system."""
    n_elements, n_fields, k = len(schur), right.shape[1], right.shape[2]
    first, last = slice(0, n_fields), slice(n_fields, None)
    size = (n_elements + 1) * n_fields
    if size <= _DENSE:
        whole, at = np.zeros((size, size)), right.reshape(size, k).copy()
        for e in range(n_elements):
            span = slice(e * n_fields, (e + 2) * n_fields)
            whole[span, span] += schur[e]
            at[span] -= moved[e]
        return np.asarray(np.linalg.solve(whole, at).reshape(n_elements + 1, n_fields, k), dtype=float)
    diagonal = np.zeros((n_elements + 1, n_fields, n_fields))
    diagonal[:-1] += schur[:, first, first]
    diagonal[1:] += schur[:, last, last]
    load = right.copy()
    load[:-1] -= moved[:, first]
    load[1:] -= moved[:, last]
    for e in range(n_elements):  # elimination from the left, block by block
        factor = np.linalg.solve(diagonal[e].T, schur[e, last, first].T).T
        diagonal[e + 1] -= factor @ schur[e, first, last]
        load[e + 1] -= factor @ load[e]
    out = np.empty((n_elements + 1, n_fields, k))
    out[-1] = np.linalg.solve(diagonal[-1], load[-1])
    for e in range(n_elements - 1, -1, -1):
        out[e] = np.linalg.solve(diagonal[e], load[e] - schur[e, first, last] @ out[e + 1])
    return out


def _reference(degree: int) -> FloatArray:
    """Return int u_i' u_j' on [-1, 1]."""
    _, w, d, _ = lobatto(degree)
    return np.asarray(d.T @ (w[:, None] * d))
