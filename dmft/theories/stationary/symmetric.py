"""Stationary theory of partially symmetric couplings: a single-site process with memory, solved by sampling.

    dx/dt = -x + eta(t) + rho g^2 int_0^inf R(u) phi(x(t - u)) du + xi(t),    <eta eta> = g^2 C^phi,
    R(u) = <d phi(t)/d eta(t - u)>,
which is not Gaussian. On a periodic window, with F = 1/(1 + i w) and S the transform of R,
    x(w) = z(w) + rho g^2 F S phi(w),    z = F (eta + xi) Gaussian,   S = F H,   H = <phi z*>/<z z*>  (Novikov),
H taken causal. The random numbers are fixed and their sample spectra exact, so that (C^phi, H) is the fixed point of a
smooth map; the paths are relaxed along with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.drive import Sinusoid
from dmft.models.network import RandomNetwork
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Anderson
from dmft.numerics.gaussian import averages
from dmft.numerics.single_site import Circle, CircularNoise, controlled_correlation, fast, gaussian_response
from dmft.numerics.single_site.circle import power
from dmft.theories.solution import Solution
from dmft.theories.stationary.input_covariance import filtered_input
from dmft.theories.stationary.solution import StationarySolution

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_STEPS, _STEP = 1024, 0.2
_GROUPS = 4  # independent solutions, whose scatter is the error
_SWEEPS, _FIRST_SWEEPS = 4, 12
_RTOL = 2e-4  # of the fixed point of fixed random numbers; the sampling error is ten times that


@dataclass(frozen=True, eq=False, kw_only=True)
class SymmetricSolution(Solution):
    """Stationary state of a network with partially symmetric couplings, sampled.

    Attributes
    ----------
    lags : 0, step, 2 step, ..., shape (n_lag,), in units of tau.
    corr_x, corr_phi : C^x, C^phi, shape (n_lag,); corr_x_error, corr_phi_error : their standard errors.
    impulse : response of phi to z = F (eta + xi), times the step, shape (n_lag,);
        S(w) = F(w) sum_k impulse_k exp(-i w t_k).
    mean_slope, mean_slope_error : <phi'>, which the response starts from.
    variance : C^x(0).
    phase : "chaotic" or "driven".
    members : corr_x, corr_phi, impulse and mean_slope of each independent group, shape (n_groups, 3 n_lag + 1).
    """

    network: RandomNetwork
    lags: FloatArray
    corr_x: FloatArray
    corr_phi: FloatArray
    corr_x_error: FloatArray
    corr_phi_error: FloatArray
    impulse: FloatArray
    mean_slope: float
    mean_slope_error: float
    variance: float
    phase: str
    members: FloatArray = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988",)
    coordinates: ClassVar[dict[str, str]] = {"lags": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "corr_x": (("lags",), "1"),
        "corr_phi": (("lags",), "1"),
        "corr_x_error": (("lags",), "1"),
        "corr_phi_error": (("lags",), "1"),
        "mean_slope": ((), "1"),
        "variance": ((), "1"),
    }

    def groups(self) -> list[SymmetricSolution]:
        """Return the solution of each independent group: what depends on them has their scatter as its error."""
        found = []
        for row in self.members:
            corr_x, corr_phi, impulse, slope = np.split(row, np.arange(1, 4) * len(self.lags))
            found.append(
                replace(
                    self,
                    corr_x=corr_x,
                    corr_phi=corr_phi,
                    impulse=impulse,
                    mean_slope=float(slope[0]),
                    variance=float(corr_x[0]),
                )
            )
        return found

    def response(self, omega: ArrayLike) -> ComplexArray:
        """Return S(w) = int R(u) exp(-i w u) du, below the Nyquist frequency of the lags."""
        w = np.asarray(omega, dtype=float)
        unique, inverse = np.unique(w.ravel(), return_inverse=True)
        values = np.exp(-1j * np.outer(unique, self.lags)) @ self.impulse / (1.0 + 1j * unique)
        return np.asarray(values[inverse].reshape(w.shape))

    def spectrum_phi(self, omega: ArrayLike) -> FloatArray:
        """Return the transform of C^phi."""
        w = np.asarray(omega, dtype=float)
        unique, inverse = np.unique(w.ravel(), return_inverse=True)
        weights = np.full(len(self.lags), 2.0)
        weights[0] = 1.0
        values = self.lags[1] * np.cos(np.outer(unique, self.lags)) @ (weights * self.corr_phi)
        return np.asarray(values[inverse].reshape(w.shape), dtype=float)


@dataclass(eq=False)
class _Sampler:
    """The map of (C^phi, H) to itself, with its paths."""

    network: RandomNetwork
    circle: Circle
    noise: CircularNoise
    own: FloatArray  # spectrum of an isolated unit that hears only the input
    paths: ComplexArray | None = None
    slope: float = 0.0
    corr_x: FloatArray | None = None

    def __call__(self, state: FloatArray) -> FloatArray:
        from scipy.fft import irfft, rfft

        circle, n = self.circle, self.circle.n_steps
        phi = fast(self.network.nonlinearity)
        c_phi, h = self.split(state)
        leak: ComplexArray = np.asarray(1.0 / (1.0 + 1j * circle.omega))
        g2 = self.network.g**2
        amplitude = self.noise.amplitude(power(leak) * g2 * circle.spectrum(c_phi) + self.own)
        memory = self.network.symmetry * g2 * leak**2 * h
        z = self.noise.coefficients(amplitude)
        x = z + 0j if self.paths is None else self.paths
        # Relaxation with the linear part of the memory taken exactly; for rho > 0 a large part of it would diverge.
        ahead = 1.0 / (1.0 - (0.5 if self.network.symmetry < 0 else 0.2) * memory)
        for _ in range(_FIRST_SWEEPS if self.paths is None else _SWEEPS):
            signal = rfft(phi(irfft(x, n, axis=0)), axis=0)
            x = x + ahead[:, None] * (z + memory[:, None] * signal - x)
        self.paths = x
        in_time = irfft(x, n, axis=0)
        signal = rfft(phi(in_time), axis=0)
        self.corr_x = circle.correlation(circle.sample_spectrum(x))
        # The Gaussian process y = (1 + memory H) z nearest to x carries the same sampling error, and is known exactly:
        # <phi(y) z*>/<z z*> = <phi'(y)> (1 + memory H). Sampling has to find the difference only.
        response = 1.0 + memory * h
        nearest = self.noise.paths(response * amplitude)
        variance = float(circle.correlation(power(response * amplitude) * (circle.step / n))[0])
        exact_slope = averages(self.network.nonlinearity, variance).mean_slope
        derivative = self.network.nonlinearity.derivative
        excess = float(np.mean(derivative(in_time)) - np.mean(derivative(nearest)))
        self.slope = exact_slope + excess
        difference = signal - rfft(phi(nearest), axis=0)
        h = exact_slope * response + gaussian_response(self.noise, amplitude, difference, known=excess)
        found = controlled_correlation(
            self.noise, amplitude, signal, response=response, nonlinearity=self.network.nonlinearity
        )
        return np.concatenate([found.corr_phi, h.real, h.imag])

    def split(self, state: FloatArray) -> tuple[FloatArray, ComplexArray]:
        c_phi, real, imaginary = np.split(state, [self.circle.n_lags, self.circle.n_lags + self.circle.n_omega])
        return c_phi, real + 1j * imaginary


def solve_symmetric(
    network: RandomNetwork, independent: StationarySolution, *, seed: Any, samples: int, max_steps: int
) -> SymmetricSolution:
    """Solve by sampling; see `solve_stationary`.

    Parameters
    ----------
    network : with symmetry != 0 and phi odd.
    independent : solution for independent couplings, to start from.
    seed : of the random numbers.
    samples : number of paths of 205 tau, in four independent groups.
    max_steps : largest number of evaluations of the map in a group.
    """
    circle = Circle(_STEPS, _STEP)
    full = _STEP * np.minimum(np.arange(_STEPS), _STEPS - np.arange(_STEPS))
    # From the covariance in time, so that what white noise has above the highest frequency is not lost.
    own = np.maximum(_STEP * np.fft.rfft(filtered_input(network.drive, 1.0, full)).real, 0.0)
    slope = independent.mean_slope
    first = np.concatenate(
        [independent.corr_phi_at(circle.lags), np.full(circle.n_omega, slope), np.zeros(circle.n_omega)]
    )
    rows, outcomes = [], []
    for sequence in np.random.SeedSequence(seed).spawn(_GROUPS):
        noise = CircularNoise(circle, samples // _GROUPS, np.random.default_rng(sequence))
        sampler = _Sampler(network, circle, noise, own)
        state, outcome = Anderson(depth=4).solve(sampler, first, rtol=_RTOL, max_steps=max_steps)
        outcomes.append(outcome)
        c_phi, h = sampler.split(state)
        corr_x = np.zeros(circle.n_lags) if sampler.corr_x is None else sampler.corr_x
        impulse = np.fft.irfft(h, circle.n_steps)[: circle.n_lags]
        rows.append(np.concatenate([corr_x, circle.tapered(c_phi), impulse, [sampler.slope]]))
    mean, error = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / math.sqrt(_GROUPS)
    corr_x, c_phi, impulse, slopes = np.split(mean, np.arange(1, 4) * circle.n_lags)
    corr_x_error, c_phi_error, _, slope_errors = np.split(error, np.arange(1, 4) * circle.n_lags)
    worst = max(outcomes, key=lambda outcome: outcome.residual)
    return SymmetricSolution(
        network=network,
        convergence=Convergence(
            worst.status if np.all(np.isfinite(mean)) else Status.NON_FINITE, worst.residual, worst.steps, worst.history
        ),
        settings={"seed": seed, "samples": samples, "window": circle.window, "step": circle.step},
        lags=circle.lags,
        corr_x=corr_x,
        corr_phi=c_phi,
        corr_x_error=corr_x_error,
        corr_phi_error=c_phi_error,
        impulse=impulse,
        mean_slope=float(slopes[0]),
        mean_slope_error=float(slope_errors[0]),
        variance=float(corr_x[0]),
        members=np.array(rows),
        phase="chaotic" if network.drive is None else "driven",
    )


def check_symmetric(network: RandomNetwork, samples: int) -> None:
    """Refuse what the sampling solver cannot do.

    Raises
    ------
    ValueError : for a sinusoid, phi that is not odd, a network at rest, or too few samples.
    """
    if isinstance(network.drive, Sinusoid):
        raise ValueError(f"drive must be Gaussian noise or None when symmetry != 0, got {network.drive!r}")
    x = np.array([0.3, 1.1, 2.7])
    if not np.allclose(network.nonlinearity(x), -np.asarray(network.nonlinearity(-x)), rtol=1e-9):
        raise ValueError(f"nonlinearity must be odd when symmetry != 0, got {network.nonlinearity!r}")
    if samples < 8 * _GROUPS or samples % _GROUPS:
        raise ValueError(f"samples must be a multiple of {_GROUPS}, at least {8 * _GROUPS}, got {samples}")
    slope = float(np.asarray(network.nonlinearity.derivative(np.zeros(1)))[0])
    if network.drive is None and network.g * slope * (1.0 + network.symmetry) <= 1.0:
        raise ValueError(
            f"the network is at rest: g (1 + symmetry) phi'(0) must be above 1, got "
            f"{network.g * slope * (1.0 + network.symmetry):.4g}"
        )
