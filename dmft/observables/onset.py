"""Where the rest of a network of filters ends, and at which frequency; the frequency at which a state oscillates."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.numerics.value import Value
from dmft.observables.power_spectrum import power_spectrum
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.units.phased import is_centred
from dmft.theories.stationary.units.process import FilteredProcess
from dmft.theories.stationary.units.resting_onset import onset_about_means
from dmft.theories.units import units_of

_POINTS = 400  # frequencies among which the peak of a spectrum is looked for
_TOLERANCE = 1e-9

Power = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Onset:
    """Where rest becomes unstable.

    Attributes
    ----------
    factor : of all gains g that takes the network to its onset: below 1 rest is unstable as it is.
    frequency : of the mode that grows first, in cycles per unit of time; 0 if it does not oscillate.
    """

    factor: float
    frequency: float


@answering
def onset(network: Any) -> Onset:
    """Return where the rest of a network of leaky units or filters becomes unstable, as all its gains grow.

    max_w rho(K_ab phi_b'(0)^2 |H_b(i w)|^2) = 1, K_ab = g_ab^2 f_b; of one population g_c |phi'(0)| max_w |H(i w)| = 1.
    If the maximum is at w > 0, activity beyond is a narrow band there. Where inputs or nonlinearities move the mean,
    rest is the fixed point that activity at zero relaxes to, which moves with the gains, and phi'(0)^2 is <phi'^2>
    there.

    Parameters
    ----------
    network : a `dmft.Network`, or a short name of one.

    Raises
    ------
    TypeError, ValueError : for what is no network of filters, one without couplings, and one of which means leave the
        fixed point at smaller gains, or that has no such onset.

    Notes
    -----
    Accuracy: 1e-10 of the closed form for an oscillator (`tests/limits/test_linear_units_limits.py`). Cost: 1 ms.
    """
    units = units_of(network)
    growth, omega = units.fastest_growth(units.K * units.slopes**2, 0.0)
    if not is_centred(units):
        return Onset(*onset_about_means(units))
    if not growth > 0.0:
        raise ValueError("without random couplings of some gain, and a slope of phi at 0, rest has no onset")
    return Onset(1.0 / math.sqrt(growth), omega / (2.0 * math.pi))


@answering
def peak_frequency(solution: StationarySolution) -> Value:
    """Return the frequency at which the power spectrum of x is largest, all units together, in cycles per unit of time.

    Parameters
    ----------
    solution : from `solve_stationary`, of a state that moves and has a spectrum (see `dmft.power_spectrum`).

    Returns
    -------
    Value : 0 where the spectrum is largest at 0.

    Raises
    ------
    TypeError, ValueError : as `dmft.power_spectrum`.

    Notes
    -----
    Accuracy: a peak is flat, so that the root of the spectrum's error is left
    (`tests/limits/test_linear_units_limits.py`). Cost: some 0.1 s.
    """
    from scipy.optimize import minimize_scalar

    f, power = _candidates(solution.process, solution)
    values = power(f)
    best = int(np.argmax(values))
    if best == 0:
        return Value(0.0, 0.0, "peak of the spectrum", numerical_error=float(f[1]))
    found = minimize_scalar(
        lambda at: -float(power(np.array([at]))[0]),
        bounds=(f[best - 1], f[min(best + 1, len(f) - 1)]),
        method="bounded",
    )
    return Value(float(found.x), 0.0, "peak of the spectrum", numerical_error=1e-4 * float(found.x) + _TOLERANCE)


@singledispatch
def _candidates(process: Any, solution: StationarySolution) -> tuple[FloatArray, Power]:
    """Return frequencies, from 0, among which the peak of the spectrum lies, and the spectrum."""

    def power(f: FloatArray) -> FloatArray:
        spectrum = np.asarray(power_spectrum(solution, f))
        return np.asarray(solution.axis.fractions @ solution.axis.populated(spectrum))

    unit = float(solution.lags[1] - solution.lags[0])
    return np.append(0.0, np.geomspace(0.2 / float(solution.lags[-1]), 0.25 / unit, _POINTS)), power


@_candidates.register
def _of_filters(process: FilteredProcess, solution: StationarySolution) -> tuple[FloatArray, Power]:
    """Return the three next to the largest of all of a cosine series: narrow bands are narrower than any fixed grid."""
    grid, weights = process.grid, solution.axis.fractions
    if grid.n < 2:
        refuse_stateless(solution, "to oscillate", of=process.covariance)
        raise ValueError("rest has no spectrum: there is no state that moves")
    moving = process.covariance if process.frozen is None else process.covariance - process.frozen[:, None]
    largest = int(np.argmax(weights @ grid.transform(moving)))
    near = grid.omega[max(largest - 1, 0) : largest + 2] / (2.0 * math.pi)

    def power(f: FloatArray) -> FloatArray:
        return np.asarray(weights @ grid.transform_at(moving, 2.0 * math.pi * f))

    return near, power
