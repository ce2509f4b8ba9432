"""The response by which units hear their own past, fitted to what their paths say of it.

S(w) = <o eta*>/<eta eta*> at each frequency, with the squared error <|o - S eta|^2>/(m <|eta|^2>) of m paths; the part
of the fields that is frozen says S(0). The fit is causal, jumps at time 0 as the functions do, and needs no cut.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import CausalBasis, PeriodicGrid
from dmft.numerics.sampling.periodic_grid import power
from dmft.numerics.unit_paths import Fields
from dmft.numerics.unit_paths.controlled import Moments
from dmft.theories.stated_memory import Memory

_KNOWN = 1e-4  # least part of the power of an output that counts as not explained by its field
_ROUNDING = 1e-10  # the same, of the largest power of all frequencies
_HEARD = 1e-3  # power of the field, relative to what is frozen of it, below which it says nothing of the response
_RIDGE, _OF_FROZEN = 1e-6, 1e-3  # weights of the squared coefficients, relative to the largest and to that of S(0)
_RATES = np.geomspace(0.1, 4.0, 24)
_BETTER = 0.98  # of the misfit
_FOLLOWED = 0.75  # largest rate times step: what is fitted beyond is the steps, and chains of faster units blow up

Known: TypeAlias = tuple[ComplexArray, FloatArray, float]


class Remembered:
    """The functions of a memory at the frequencies of a grid.

    Parameters
    ----------
    basis : the memory.
    grid : of the steps.
    """

    def __init__(self, basis: Memory, grid: PeriodicGrid) -> None:
        self.basis, self._functions = basis, functions_of(basis, grid)

    def coefficients(self, known: Known) -> FloatArray:
        """Return the coefficients of a response that is known like this, shape (K,)."""
        return self._functions.coefficients(*known)

    def known(self, fields: Fields, crossed: ComplexArray, of_frozen: float, moments: Moments) -> Known:
        """Return S at each frequency by itself, one over its squared error but for a factor, and the same of the
        coefficients about 0: where nothing moves S(0) alone is known.

        Parameters
        ----------
        fields : that the paths hear.
        crossed : <o column*>, shape (n_omega,); of_frozen is the same of what is frozen.
        moments : of the output.
        """
        n, amplitude = fields.columns.grid.n_steps, fields.amplitude[0, : len(crossed)]
        whole = moments.power.copy()
        whole[0] = max(whole[0] - (n * moments.mean) ** 2, 0.0)
        left = whole - power(crossed)
        left[0] -= of_frozen**2
        left = np.maximum(left, _KNOWN * whole + _ROUNDING * np.max(whole) + 1e-300)
        explained, weight = crossed * amplitude, amplitude**2
        level = n * float(fields.deviation[0])
        explained[0] += of_frozen * level
        weight[0] += level**2
        heard = weight / (weight + _HEARD * level**2 + 1e-300)
        known = heard * weight / left
        ridge = _RIDGE * np.max(known) + _OF_FROZEN * level**2 / left[0]
        return explained / np.maximum(weight, 1e-300), known, float(ridge)


def functions_of(basis: Memory, grid: PeriodicGrid) -> CausalBasis:
    """Return the functions, which jump at time 0."""
    return CausalBasis(grid, basis.rate, basis.count, order=1)


def best_rate(basis: Memory, grid: PeriodicGrid, known: Known) -> float:
    """Return the rate of the functions that come nearest to a response; that of the basis unless another is better, of
    those that the steps follow."""

    def misfit(rate: float) -> float:
        functions = functions_of(replace(basis, rate=rate), grid)
        target, weight, _ = known
        return float(np.sum(functions.multiplicity * weight * power(functions.fit(target, weight) - target)))

    rates = _RATES[_RATES * grid.step <= _FOLLOWED]
    misfits = [misfit(rate) for rate in rates]
    best = int(np.argmin(misfits))
    return float(rates[best]) if misfits[best] < _BETTER * misfit(basis.rate) else basis.rate
