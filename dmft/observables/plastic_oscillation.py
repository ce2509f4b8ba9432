"""How fast a plastic network oscillates: three definitions that differ, so the name goes with the number."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.models.checks import one_of
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.value import Value
from dmft.observables.plastic_jacobian import plastic_jacobian_spectrum
from dmft.theories.stationary import StationarySolution

DEFINITIONS = ("correlation minimum", "spectral peak", "rightmost eigenvalue")


@answering
def oscillation_frequency(solution: StationarySolution, *, definition: str = "correlation minimum") -> Value:
    """Return the angular frequency of the oscillation of a plastic network, in rad/tau; 0 if there is none.

    Parameters
    ----------
    solution : of plastic couplings.
    definition : "correlation minimum": pi/t, t the lag of the first minimum of C^phi, if C^phi is negative there;
        "spectral peak": where the power spectrum of phi is largest (a flat top at moderate k: not robust);
        "rightmost eigenvalue": Im of the point of the bulk of the joint Jacobian with the largest real part.

    Returns
    -------
    Value : with the standard error over the sets of random numbers (nan for the eigenvalue) and the definition as its
        method.

    Raises
    ------
    ValueError : for an unknown definition.
    TypeError : for a solution of another network.

    Notes
    -----
    Accuracy: `tests/reference/test_plastic_numbers.py`. No sharp transition between chaotic and oscillatory was found.
    """
    one_of("definition", definition, DEFINITIONS)
    if not hasattr(getattr(solution, "process", None), "per_set"):
        raise TypeError(f"solution must be that of a network with plastic couplings, got {type(solution).__name__}")
    if solution.state == "quiescent":
        return Value(0.0, 0.0, definition)
    if definition == "rightmost eigenvalue":
        return Value(abs(plastic_jacobian_spectrum(solution.process, solution).rightmost.imag), math.nan, definition)
    if definition == "spectral peak":
        grid = PeriodicGrid(4 * len(solution.lags), solution.process.step)
        number, error = solution.process.per_set(lambda c: float(grid.omega[int(np.argmax(grid.spectrum(c)))]))
    else:
        number, error = solution.process.per_set(lambda c: _minimum(solution.lags, c))
    return Value(number, error, definition)


def _minimum(lags: FloatArray, corr: FloatArray) -> float:
    """Return pi over the lag of the first minimum of C, by a parabola through three points; 0 if C > 0 there."""
    rising = np.flatnonzero(np.diff(corr) > 0)
    if not len(rising) or rising[0] == 0 or corr[rising[0]] >= -0.005 * corr[0]:
        return 0.0
    i = int(rising[0])
    before, here, after = corr[i - 1], corr[i], corr[i + 1]
    shift = 0.5 * (before - after) / (before - 2.0 * here + after)
    return float(math.pi / (lags[i] + shift * (lags[1] - lags[0])))
