"""Linear convolutional networks: linear in their inputs, and a product over layers at every frequency.

The output is <beta, x> with beta = w_1 * w_2 * ... * w_L, circular convolutions of kernels as long as the input. Its
Fourier coefficients are products of those of the kernels, and the smallest kernels that make a beta share every
coefficient alike: with F the unitary transform of D points,

    rho(beta) = min |theta|^2/2 = (L/2) sum_k |D^(-(L-1)/2) (F beta)_k|^(2/L)

[Gunasekar, Lee, Soudry & Srebro, NeurIPS 2018]. Of two layers that is the sum of |(F beta)_k|/sqrt(D): few frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import whole
from dmft.models.gates import HalfSpaces, IntArray
from dmft.models.statement import Statement

_DEEPEST = 100


@dataclass(frozen=True)
class LinearConvolution(Statement):
    """Layers of one channel that convolve their input with a kernel of its own length, the last one a read-out.

    Inputs lie on a circle: a column of ones would be a place on it like any other, and no bias.

    Parameters
    ----------
    layers : L, the read-out counted; 1 is a linear classifier.

    Raises
    ------
    ValueError, TypeError : for what is no whole number from 1 to 100.
    """

    layers: int = field(default=2, metadata={"unit": "1", "meaning": "layers, the read-out counted"})

    biased = False  # whether a constant input is a bias
    references = ("gunasekar2018",)
    readout = "ungated"
    units = n_units = 1
    shared = False  # one gate and one norm for all that is in the output: every frequency has its own

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", whole("layers", self.layers, least=1, most=_DEEPEST))

    @property
    def gates(self) -> HalfSpaces:
        """None at all: every input is in the same context."""
        return HalfSpaces(1, 0)

    def sizes(self, length: int) -> FloatArray:
        """Return the factor of each `waves` coefficient a_j in the norm: |z|, the lengths of s_j a_j by frequency.

        A coefficient of `waves` stands for one Fourier coefficient, or for the two of k and -k, each of which is
        a/sqrt(2): 2 |a/sqrt(2)|^(2/L) = |2^((L-1)/2) a|^(2/L).
        """
        frequency = waves(length)[1]
        alone = np.bincount(frequency)[frequency] == 1
        return np.asarray((np.where(alone, 1.0, 2.0) / length) ** (0.5 * (self.layers - 1)))


def waves(length: int) -> tuple[FloatArray, IntArray]:
    """Return the orthonormal real waves on a circle, columns of shape (length, length), and the frequency of each.

    A constant, then cosine and sine of 1, 2, ... cycles, and of an even length the alternating one.
    """
    phase = 2.0 * np.pi * (np.outer(np.arange(length), np.arange(1, (length + 1) // 2)) % length) / length
    pairs = np.sqrt(2.0 / length) * np.stack([np.cos(phase), np.sin(phase)], axis=2).reshape(length, -1)
    columns = [np.full((length, 1), length**-0.5), pairs]
    frequency = np.concatenate([[0], np.repeat(np.arange(1, (length + 1) // 2), 2)])
    if length % 2 == 0:
        columns.append(np.where(np.arange(length) % 2, -1.0, 1.0)[:, None] * length**-0.5)
        frequency = np.append(frequency, length // 2)
    return np.hstack(columns), frequency.astype(np.int64)
