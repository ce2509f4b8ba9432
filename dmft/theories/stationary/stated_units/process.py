"""The single-site process of sampled units: what else is known of it than the first state and the first output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from dmft.arrays import ComplexArray, FloatArray
from dmft.theories.stationary.solution import Interpolated


@dataclass(frozen=True, eq=False)
class UnitProcess(Interpolated):
    """A unit that hears Gaussian fields, sampled.

    Attributes
    ----------
    outputs, output_errors : correlations of the outputs that differ, at the lags of the solution, shape (K', n_lag).
    omega : angular frequencies, shape (n_omega,).
    response : of each of these outputs to each field, d<o_k>/d eta_l (w) by Novikov's theorem, shape (K', K, n_omega).
    """

    outputs: FloatArray = field(repr=False)
    output_errors: FloatArray = field(repr=False)
    omega: FloatArray = field(repr=False)
    response: ComplexArray = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "stern2014")
    words: ClassVar[str] = "units of stated dynamics"
