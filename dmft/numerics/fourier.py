"""Fourier transforms of functions of the lag known on a mesh, with the one convention f(w) = int f(t) exp(-i w t) dt.

Functions are even, decay within the mesh [0, T], and may have a kink at 0. Nothing is sampled on a uniform grid: a
polynomial on an element is transformed exactly (its Legendre coefficients times spherical Bessel functions), so that
the transform is as good at high frequencies, where the integrand oscillates within an element, as at low ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.lobatto import lobatto, to_legendre
from dmft.numerics.spectral_elements import HalfLine

_BLOCK = 1024  # frequencies transformed together


def wave_weights(mesh: HalfLine, t: ArrayLike) -> ComplexArray:
    """Return weights W with sum_k W[..., k] f(nodes[k]) = int_0^T f(s) exp(i s t) ds, shape (*t.shape, n_nodes).

    On an element of midpoint m and half length a, int P_l exp(i s t) ds = 2 a i^l j_l(a t) exp(i m t).

    Notes
    -----
    Accuracy: exact for f a polynomial on each element, whatever t (`tests/unit/test_two_site_input.py`).
    Cost: one spherical Bessel function for each weight.
    """
    from scipy.special import spherical_jn

    times = np.asarray(t, dtype=float)
    flat = times.ravel()
    degree = np.arange(mesh.degree + 1)
    coefficients = to_legendre(mesh.degree) * 1j ** degree[:, None]
    out = np.zeros((flat.size, len(mesh.nodes)), dtype=complex)
    for index, a in enumerate(0.5 * np.diff(mesh.edges)):
        span = slice(index * mesh.degree, (index + 1) * mesh.degree + 1)
        bessel = spherical_jn(degree, np.abs(flat)[:, None] * a) * np.where(flat[:, None] < 0, (-1.0) ** degree, 1.0)
        out[:, span] += 2.0 * a * np.exp(1j * (mesh.edges[index] + a) * flat)[:, None] * (bessel @ coefficients)
    return out.reshape(*times.shape, len(mesh.nodes))


def even_transform(mesh: HalfLine, values: ArrayLike, omega: ArrayLike) -> FloatArray:
    """Return f(w) = 2 int_0^T f(t) cos(w t) dt of even functions.

    Parameters
    ----------
    mesh : nodes on [0, T].
    values : shape (n_functions, n_nodes).
    omega : any shape; the result has the shape (n_functions, *omega.shape).
    """
    w = np.asarray(omega, dtype=float)
    f = np.asarray(values, dtype=float)
    unique, inverse = np.unique(np.abs(w.ravel()), return_inverse=True)
    out: FloatArray = np.empty((len(f), len(unique)))
    for first in range(0, len(unique), _BLOCK):
        block = slice(first, first + _BLOCK)
        out[:, block] = 2.0 * (f @ wave_weights(mesh, unique[block]).real.T)
    return np.asarray(out[:, inverse].reshape(-1, *w.shape), dtype=float)


def exponential_averages(mesh: HalfLine, values: FloatArray, z: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return at the edges t_k what has passed and what is to come of f, damped by exp(i z s), Im z > 0.

    past(t) = int_0^t exp(i z s) f(t - s) ds,   future(t) = int_0^(T-t) exp(-i z* s) f(t + s) ds.
    The conjugate of future(0) is the one-sided transform int_0^T exp(i z s) f(s) ds.

    Parameters
    ----------
    mesh : nodes on [0, T].
    values : shape (n_functions, n_nodes).
    z : shape (n_z,); exp(i z s) must be smooth on the scale of an element.

    Returns
    -------
    past, future : shape (n_functions, n_edges, n_z).
    """
    x, w, _, _ = lobatto(mesh.degree)
    lengths = np.diff(mesh.edges)
    past = np.zeros((len(values), len(mesh.edges), len(z)), dtype=complex)
    future = np.zeros_like(past)
    nodes = [values[:, k * mesh.degree : (k + 1) * mesh.degree + 1] * w * (0.5 * h) for k, h in enumerate(lengths)]
    for k, h in enumerate(lengths):
        wave = np.exp(1j * np.outer(0.5 * h * (1.0 + x), z))
        past[:, k + 1] = wave[-1] * past[:, k] + nodes[k][:, ::-1] @ wave
        future[:, k] = nodes[k] @ wave.conj()
    for k in range(len(lengths) - 1, -1, -1):
        future[:, k] += np.exp(1j * z * lengths[k]).conj() * future[:, k + 1]
    return past, future
