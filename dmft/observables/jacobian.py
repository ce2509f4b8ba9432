"""Spectrum of the Jacobian -1 + J diag(phi'(x)) of a random network in its stationary state."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning, answering, warn
from dmft.models.drives import Sinusoid
from dmft.numerics.gaussian.hermite import normal_quadrature
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.numerics.gaussian.panels import evaluated
from dmft.observables.lyapunov import described
from dmft.observables.radial_law import JacobianSpectrum
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.at_rest import NEXT_TO_0
from dmft.theories.stationary.centred.process import CentredProcess

_AGREE = 1e-9  # of the radius with the solution's <phi'^2>


@singledispatch
def spectrum_of(process: Any, solution: Any) -> Any:
    """Return the spectrum of a solution, by the kind of its single-site process."""
    raise TypeError(f"no Jacobian spectrum is known of {described(process)}")


def jacobian_spectrum(solution: Any, **settings: Any) -> Any:
    """Return the spectrum of the Jacobian of a solved theory.

    Stationary states: eigenvalues fill a disc of radius g sqrt(<phi'^2>) around -1 [Sompolinsky, Crisanti & Sommers
    1988], with the radial law of `JacobianSpectrum.cdf`.

    Parameters
    ----------
    solution : a `StationarySolution`. Of several populations the bulk need not be a disc, and there are eigenvalues
        outside of it: see `dmft.observables.populations_jacobian`. With symmetry eigenvalues fill a deformed ellipse
        (see `dmft.observables.elliptic_jacobian`; it has `boundary(angle)` too); of plastic couplings see
        `dmft.observables.plastic_jacobian`.

    Returns
    -------
    JacobianSpectrum : with `radius`, `abscissa`, `density(r)`, `cdf(r)`, `sample(n, seed)`.

    Raises
    ------
    TypeError : for a solution of another kind.
    ValueError : for a solution without a state.

    Notes
    -----
    Accuracy: averages to 1e-12; against sampled matrices in `tests/limits/test_jacobian.py`;
    with symmetry against matrices and networks in `tests/limits/test_symmetric_jacobian.py`. Cost: microseconds, and
    0.2 ms for each r, with symmetry 30 ms.
    """
    return spectrum_of(getattr(solution, "process", solution), solution, **settings)


@spectrum_of.register
@answering
def _(process: CentredProcess, solution: StationarySolution) -> JacobianSpectrum:
    network = solution.reduction
    refuse_stateless(solution, "to linearise")
    phi = network.nonlinearity
    if solution.variance == 0:
        # A threshold function at rest: half of the units have each one-sided slope.
        return JacobianSpectrum(network.g, _slope(phi, np.array([-NEXT_TO_0, NEXT_TO_0])), np.array([0.5, 0.5]))
    if network.wave is not None:
        return _under_phases(solution, network.wave)
    panels = resolve(phi, math.sqrt(solution.variance))
    return JacobianSpectrum(network.g, np.abs(panels.slopes).ravel(), panels.density.ravel())


def _under_phases(solution: StationarySolution, wave: Sinusoid) -> JacobianSpectrum:
    """Return the spectrum under a sinusoid: x = x_G + A cos theta, by more phases until <phi'^2> is the solution's."""
    network = solution.reduction
    z, w = normal_quadrature()
    for n in (64, 256, 1024):
        theta = 2.0 * math.pi * (np.arange(n) + 0.5) / n
        x = (math.sqrt(solution.variance) * z[:, None] + wave.response * np.cos(theta)).ravel()
        found = JacobianSpectrum(network.g, _slope(network.nonlinearity, x), np.repeat(w / n, n))
        known = network.g * math.sqrt(solution.mean_square_slope)
        wrong = abs(found.radius - known)
        if wrong <= _AGREE * known:
            return found
    warn(f"the radius of the Jacobian, {found.radius:.6g}, is wrong by about {wrong:.1e}", AccuracyWarning)
    return found


def _slope(nonlinearity: Any, x: FloatArray) -> FloatArray:
    # Only |phi'| matters: a sign can be absorbed in the couplings.
    return np.asarray(np.abs(evaluated(nonlinearity.derivative, x, finite=False)))
