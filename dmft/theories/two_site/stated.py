"""Pairs of units that state their equations, from the response and the correlation of their output alone.

    sum_ij C_ij(w1) C_ij(w2)/N = C(w1) C(w2)/|1 - g^2 S(w1) S(w2)|^2,   i = j included,
S the response of the output to its field by Novikov's theorem: the linear equivalent of Clark, Abbott & Litwin-Kumar,
PRL 131, 118401 (2023), of any unit, with any private input, which stands in C. With partially symmetric couplings it
has the factor (1 - |e|^2)/|1 - e|^2, e = rho g^2 S(w1) S(w2)*, of the planar diagrams (`elliptic`).
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray

_ALIVE = 1e-6  # part of the largest power at which frequencies are left out


def participation(
    gain: float, omega: FloatArray, response: ComplexArray, spectrum: FloatArray, feedback: float = 0.0
) -> float:
    """Return C(0)^2/(sum_ij C_ij(0)^2/N), the participation ratio over N of the outputs.

    Parameters
    ----------
    gain : g.
    omega : angular frequencies >= 0 at even distances, shape (n,).
    response, spectrum : S and C there, shape (n,).
    feedback : rho g^2.
    """
    last = int(np.flatnonzero(spectrum > _ALIVE * np.max(spectrum))[-1]) + 1
    s, c = response[:last], spectrum[:last]
    both, of_both = np.concatenate([s[:0:-1].conj(), s]), np.concatenate([c[:0:-1], c])
    weight = np.where(np.arange(last) > 0, 2.0, 1.0) * (omega[1] / (2.0 * math.pi))
    more = _factor(gain, s[:, None], both, feedback) - 1.0
    shared = float(np.einsum("i,ij,j->", weight * c, more, of_both)) * omega[1] / (2.0 * math.pi)
    own = float(weight @ c) ** 2
    return float(own / (own + shared))


def participation_at(gain: float, response: complex, feedback: float = 0.0) -> float:
    """Return the same of the cross-spectral matrix at a frequency where the response is S: (1 - g^2 |S|^2)^2 without
    symmetry."""
    s = np.asarray(response)
    return float(1.0 / _factor(gain, s, s.conj(), feedback))


def _factor(gain: float, s1: ComplexArray, s2: ComplexArray, feedback: float) -> FloatArray:
    """Return the sum over pairs over C(w1) C(w2)."""
    e = feedback * s1 * s2.conj()
    return np.asarray(
        (1.0 - np.abs(e) ** 2) / (np.abs(1.0 - e) ** 2 * np.abs(1.0 - gain**2 * s1 * s2) ** 2), dtype=float
    )
