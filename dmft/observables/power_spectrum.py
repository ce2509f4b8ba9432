"""Power spectra of the activity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.models.checks import numbers, one_of
from dmft.numerics.fourier import even_transform
from dmft.observables.lag_functions import KINDS, LagFunctions, moving_part
from dmft.observables.over_frequencies import over_frequencies
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False, repr=False)
class PowerSpectrum(Shown):
    """S(f) = int C(lag) exp(-2 pi i f lag) dlag of what moves: power per frequency.

    Attributes
    ----------
    frequency : in cycles per unit of time (per step).
    values : S, shape (*frequency.shape), of named populations (P, *frequency.shape).
    frozen : C(inf), the power at f = 0 exactly: S has frozen delta(f) besides.
    error : bound on the error of the values, of the same shape.
    of : "x" or "phi".
    names : of the populations, "" of a single one without a name.
    """

    frequency: FloatArray
    values: FloatArray
    frozen: Any
    error: FloatArray
    of: str
    names: tuple[str, ...] = ("",)

    @property
    def omega(self) -> FloatArray:
        """Angular frequencies 2 pi f, in rad per unit of time."""
        return 2.0 * math.pi * self.frequency

    def to_xarray(self) -> xarray.Dataset:
        """Return values and errors as a dataset."""
        return over_frequencies(
            self, {"values": ("population",), "error": ("population",)}, {"frozen": ("population",)}, {"of": self.of}
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> FloatArray:
        return np.array(self.values, dtype=dtype)


@answering
def power_spectrum(solution: StationarySolution, frequency: ArrayLike, of: str = "x") -> PowerSpectrum:
    """Return the power spectrum of one unit's activity, mean over the units of a population.

    S(f) = int [C(lag) - C(inf)] exp(-2 pi i f lag) dlag, C the covariance over units and time; in discrete time the sum
    over steps. int S df = C(0) - C(inf), and with w = 2 pi f, (1 + w^2 tau_a^2) S^x_a = sum_b K_ab S^phi_b + that of
    the input.

    Parameters
    ----------
    solution : from `solve_stationary`.
    frequency : in cycles per unit of time (per step), as that of a `Sinusoid`; any shape.
    of : "x" or "phi".

    Returns
    -------
    PowerSpectrum : an array to numpy.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for an unknown `of`, frequencies that are not finite, a solution without a state, or one whose
        covariance oscillates for ever (a sinusoid, a rotation).

    Notes
    -----
    Accuracy: the transform is exact for polynomials on the elements of a mesh of lags; the error is that of halved
    elements, of the window and of the state; of what is sampled the same at all frequencies, one sigma of every lag in
    step, which is wide where S is small (`tests/limits/test_spectrum_and_rates.py`). Cost: 10 ms.
    """
    one_of("of", of, KINDS)
    f = numbers("frequency", frequency)
    if not np.all(np.isfinite(f)):
        raise ValueError(f"frequency must be finite, got {f[~np.isfinite(f)].flat[0]}")
    w = 2.0 * math.pi * f
    found, finer = moving_part(solution, of), moving_part(solution, of, finer=True)
    values = transformed(finer, w)
    size = np.abs(finer.moving)
    weights = np.ones(len(finer.lags)) if finer.mesh is None else finer.mesh.weights
    total = 2.0 * size @ weights
    bound = solution.convergence.error
    part = (bound if math.isfinite(bound) else 0.0) + solution.convergence.residual + finer.left
    # An error of the covariance may last as long as the window.
    lost = (4.0 * part + 1e-14) * total + 8.0 * part * size[:, 0] * float(finer.lags[-1])
    lost = lost + 2.0 * np.broadcast_to(finer.tail, len(total))
    errors = np.abs(values - transformed(found, w)) + lost.reshape(len(total), *(1,) * w.ndim)
    sampled = solution.corr_x_error if of == "x" else solution.corr_phi_error
    if sampled is not None:
        of_sampling = 2.0 * np.trapezoid(np.atleast_2d(sampled), solution.lags)
        errors = errors + of_sampling.reshape(-1, *(1,) * w.ndim)
    axis = solution.axis
    values, errors = (np.asarray(axis.shaped(found)) for found in (values, errors))
    return PowerSpectrum(f, values, axis.shaped(finer.limit), errors, of, axis.names)


def transformed(functions: LagFunctions, omega: FloatArray) -> FloatArray:
    """Return the transforms, shape (P, *omega.shape)."""
    if functions.mesh is not None:
        return even_transform(functions.mesh, functions.moving, omega)
    waves = 2.0 * np.cos(np.multiply.outer(functions.lags, omega))
    waves[0] = 1.0
    return np.tensordot(functions.moving, waves, 1)
