"""Spectrum of the Jacobian -1 + J diag(phi'(x)) of a random network in its stationary state."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import AccuracyWarning, answering, warn
from dmft.models.checks import integer
from dmft.models.drives import Sinusoid
from dmft.numerics.gaussian.hermite import normal_quadrature
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.numerics.gaussian.panels import evaluated
from dmft.observables.lyapunov import described
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.at_rest import NEXT_TO_0
from dmft.theories.stationary.centred.process import CentredProcess

if TYPE_CHECKING:
    import xarray

_AGREE = 1e-9  # of the radius with the solution's <phi'^2>


@dataclass(frozen=True, eq=False, repr=False)
class JacobianSpectrum(Shown):
    """Disc of eigenvalues around -1, isotropic, in general not uniform.

    Attributes
    ----------
    radius : g sqrt(<phi'^2>), in units of 1/tau.
    abscissa : largest real part of the bulk, radius - 1.
    slopes, weights : nodes and weights of the law of phi'(x), shape (n_nodes,).
    gain, symmetry : g and rho.
    """

    gain: float
    slopes: FloatArray = field(repr=False)
    weights: FloatArray = field(repr=False)
    symmetry: float = 0.0

    def to_xarray(self) -> xarray.Dataset:
        """Return the law of phi'(x), radius, abscissa and the eigenvalues outside of the bulk as a dataset."""
        law = {"slopes": ("node", self.slopes), "weights": ("node", self.weights)}
        return as_dataset(self, law | {"gain": self.gain, "symmetry": self.symmetry})

    @property
    def radius(self) -> float:
        """Return g sqrt(<phi'^2>)."""
        return self.gain * math.sqrt(float(self.weights @ self.slopes**2))

    @property
    def abscissa(self) -> float:
        """Return the largest real part of the bulk."""
        return self.radius - 1.0

    def cdf(self, r: ArrayLike) -> Any:
        """Return the fraction of eigenvalues within the distance r of -1: a float for a number.

        1 - gamma(r), with gamma the root of <g^2 d^2/(r^2 + gamma g^2 d^2)> = 1, d = phi'(x)
        [Girko's law with a variance profile; Ahmadian, Fumarola & Miller, PRE 91, 012820 (2015)].
        """
        return self._per_radius(r, self._enclosed, inside_zero=self._silent, outside=1.0)

    def density(self, r: ArrayLike) -> Any:
        """Return the density of eigenvalues per unit area of the complex plane at the distance r from -1."""

        def at(radius: float) -> float:
            # cdf'(r)/(2 pi r), by the implicit derivative of the equation for gamma
            d2 = (self.gain * self.slopes) ** 2
            bottom = (radius * radius + (1.0 - self._enclosed(radius)) * d2) ** 2
            return float((self.weights @ (d2 / bottom)) / (math.pi * (self.weights @ (d2 * d2 / bottom))))

        active = self.slopes > 0
        zero = float(self.weights[active] @ (1.0 / (self.gain * self.slopes[active]) ** 2))
        zero /= math.pi * float(self.weights[active].sum())
        return self._per_radius(r, at, inside_zero=zero, outside=0.0)

    def sample(self, n: int, seed: int | np.random.SeedSequence) -> ComplexArray:
        """Return the n eigenvalues of one matrix -1 + J diag(d), d drawn from the law of phi'(x).

        J_ij ~ N(0, g^2/n), n cov(J_ij, J_ji) = rho g^2.
        Finite matrices scatter about the disc; their cumulative radial law tends to `cdf`. Cost O(n^3).
        """
        integer("n", n, least=2)
        rng = np.random.default_rng(seed)
        slopes = rng.choice(self.slopes, size=n, p=self.weights / self.weights.sum())
        draw = rng.standard_normal((n, n)) * (self.gain / math.sqrt(n))
        plus, minus = math.sqrt(1.0 + self.symmetry), math.sqrt(1.0 - self.symmetry)
        couplings = 0.5 * (plus + minus) * draw + 0.5 * (plus - minus) * draw.T
        return np.asarray(np.linalg.eigvals(couplings * slopes) - 1.0, dtype=np.complex128)

    @property
    def _silent(self) -> float:
        """Fraction of neurons of zero slope: as many eigenvalues sit at -1 exactly."""
        return float(self.weights[self.slopes == 0].sum())

    def _per_radius(self, r: ArrayLike, value: Any, *, inside_zero: float, outside: float) -> Any:
        radii = np.asarray(r, dtype=float)
        if np.any(radii < 0):
            raise ValueError(f"r must not be negative, got {radii.min()}")
        out = np.empty(radii.shape)
        for index, radius in np.ndenumerate(radii):
            if radius >= self.radius:
                out[index] = outside
            elif radius == 0:
                out[index] = inside_zero
            else:
                out[index] = value(float(radius))
        return float(out) if radii.ndim == 0 else out

    def _enclosed(self, radius: float) -> float:
        """Return the fraction within a radius of the disc, 1 - gamma."""
        from scipy.optimize import brentq

        d2 = (self.gain * self.slopes) ** 2

        def excess(gamma: float) -> float:
            return float(self.weights @ (d2 / (radius * radius + gamma * d2))) - 1.0

        return 1.0 - float(brentq(excess, 0.0, 1.0, xtol=1e-14)) if excess(1.0) < 0 < excess(0.0) else 1.0


def as_dataset(spectrum: Any, law: Mapping[str, Any]) -> xarray.Dataset:
    """Return a spectrum as a dataset: its law, radius and abscissa, and outliers in two parts, as files hold them."""
    import xarray

    data = dict(law) | {"radius": spectrum.radius, "abscissa": spectrum.abscissa}
    for name in ("outliers", "naive_outliers"):
        values = getattr(spectrum, name, None)
        if values is not None:
            data |= {f"{name}_real": (name, np.real(values)), f"{name}_imag": (name, np.imag(values))}
    return xarray.Dataset(data, attrs={"theory": type(spectrum).__name__})


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
        `dmft.observables.plastic_jacobian`; in discrete time the matrix is J diag(phi'(x)), and what lies beyond 1
        grows (`SteppedSpectrum`).

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
    if solution.state == "none":
        raise ValueError(f"the solution has no state to linearise: {solution.convergence.message}")
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
