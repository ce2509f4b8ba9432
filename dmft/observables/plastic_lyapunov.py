"""Largest Lyapunov exponent of a plastic network, from its single-site process.

A perturbation of the joint system grows like exp(lambda t) in any norm. For N -> infinity it is, site by site, with
u = exp(-lambda t) dx stationary,
    du/dt = -(1 + lambda) u + zeta(t) + k int ds exp(-(1/p + lambda) s)/p C(s) phi'(x(t - s)) u(t - s),
    <zeta(t) zeta(t')> = g^2 gamma(t - t'),    gamma = <phi' u phi' u>,
with zeta independent of the path x (the correlation with its noise, and the perturbation of C, are of order N^-1/2). So
gamma is the leading eigenfunction of a linear map, and lambda is where its eigenvalue is 1. Without plasticity the map
is gamma -> <phi' phi'> C_u, and this is the Schroedinger equation of Sompolinsky, Crisanti and Sommers.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.errors import AccuracyWarning, NotConvergedError, answering, warn
from dmft.numerics.fixed_point import Anderson
from dmft.numerics.gaussian import averages_within
from dmft.numerics.sampling import (
    CONTROL,
    Multiplier,
    PeriodicNoise,
    gaussian_response,
)
from dmft.numerics.sampling.periodic_grid import power
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.value import Value
from dmft.observables.lyapunov import exponent_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.plastic.paths import leak, remembering, solution_noise, solution_paths
from dmft.theories.stationary.plastic.process import RememberedProcess, standard_error

_STEP_OF_RATE = 0.5  # d lambda / d log(eigenvalue) is about this: the map falls with lambda like 1/(1 + lambda)^2
_RAISE = 0.05  # largest change of lambda in a step: slow states change their eigenvalue abruptly with it
_BURST = 1e6  # u is of order 1; a larger one means that the rate tried is far too low
_SHARE = 0.3  # of one path in <(phi' u)^2> above which the average over paths is not trusted


class TangentMap:
    """(gamma at the kept lags, lambda) -> the same; gamma is normalised to 1 at lag 0.

    One set of random numbers of the solution for the paths x, and fresh ones for the perturbation.
    """

    def __init__(self, solution: StationarySolution, index: int, generator: np.random.Generator) -> None:
        self.network = solution.reduction
        self.corr_phi = solution.process.corr_phi_samples[index]
        paths_noise = solution_noise(solution, index)
        self.grid = paths_noise.grid
        self.noise = PeriodicNoise(self.grid, paths_noise.n_paths, generator)
        paths = solution_paths(solution, index)
        self.slope = np.asarray(self.network.nonlinearity.derivative(paths.x), dtype=float)
        self.largest_share = 0.0  # of one path in the last perturbation
        self.control_slope, self.control_exact = self._slopes(paths_noise, paths.x, paths.amplitude)

    def _slopes(self, noise: PeriodicNoise, x: FloatArray, amplitude: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return phi'(y) on Gaussian paths y near x, and its exact correlation."""
        from scipy.fft import rfft

        grid = self.grid
        response = leak(grid)
        if self.network.k:
            response = gaussian_response(noise, amplitude, rfft(x, axis=0), known=response)
        transfer = response * amplitude
        variance = grid.correlation(power(transfer) * (grid.step / grid.n_steps))
        y_slope = np.asarray(self.network.nonlinearity.derivative(noise.paths(transfer)), dtype=float)
        exact = averages_within(self.network.nonlinearity, float(variance[0]), CONTROL).corr_slope(variance)
        return y_slope, exact

    def __call__(self, state: FloatArray) -> FloatArray:
        """Return the next (gamma, lambda)."""
        from scipy.fft import rfft

        grid, net = self.grid, self.network
        gamma, rate = state[:-1], float(state[-1])
        lowest = -0.5 * min(1.0, 1.0 / net.p)
        if not rate > lowest:  # where an accelerated step has led; memory would grow as fast as exp(-lambda t) falls
            return np.append(gamma, lowest + _RAISE)
        response = response_free = leak(grid, rate)
        amplitude = net.g * self.noise.amplitude(grid.spectrum(gamma))
        linear = self.noise.paths(amplitude * response_free)
        if net.k == 0:
            u, product = linear, self.slope * linear
        else:
            u, product = remembering(net, grid, linear, self.corr_phi, Multiplier(self.slope), rate)
            if not float(np.max(np.abs(u))) < _BURST:
                # a path grows faster than exp(lambda t) all along the window: the rate tried is far too low
                return np.append(gamma, rate + _RAISE)
            response = gaussian_response(self.noise, amplitude, rfft(u, axis=0), known=response_free)
        # control: phi'(y) times the Gaussian process v nearest to u, whose product has the correlation C_slope C_v
        transfer = response * amplitude
        corr_v = grid.correlation(power(transfer) * (grid.step / grid.n_steps))
        control = self.control_slope * self.noise.paths(transfer)
        difference = power(rfft(product, axis=0)) - power(rfft(control, axis=0))
        sampled = grid.correlation(difference.mean(axis=1) * (grid.step / grid.n_steps))
        squares = np.einsum("ti,ti->i", product, product)
        self.largest_share = float(squares.max() / squares.sum())
        new = sampled + self.control_exact * corr_v
        eigenvalue = float(new @ gamma) / float(gamma @ gamma)
        change = _STEP_OF_RATE * math.log(max(eigenvalue, 1e-3))
        return np.append(new / new[0], rate + min(max(change, -_RAISE), _RAISE))


@exponent_of.register
@one_blas_thread()
@answering
def plastic_lyapunov_exponent(
    process: RememberedProcess, solution: StationarySolution, *, seed: int = 0, rtol: float = 2e-4, max_steps: int = 150
) -> Value:
    """Return the largest Lyapunov exponent of the joint neuronal-synaptic dynamics, in units of 1/tau.

    Parameters
    ----------
    solution : of plastic couplings.
    seed : of the random numbers of the perturbation; the paths are those of the solution.
    rtol : residual of the iteration, relative to gamma(0) = 1 (for lambda itself: absolute).
    max_steps : of the iteration, per set.

    Returns
    -------
    Value : with the standard error over the sets of random numbers of the solution; `.history` are their exponents.

    Raises
    ------
    NotConvergedError : if the iteration of a set does not converge.

    Warns
    -----
    AccuracyWarning : if a single path makes up more than 30 % of the perturbation (slow states at strong plasticity,
        whose neurons linger where they are unstable): the standard error is then too small.

    Notes
    -----
    Accuracy: without plasticity 1e-4 (`tests/limits/test_plastic_lyapunov_limits.py`); there is no 1/M bias, since the
    couplings of the perturbation are averaged out exactly. Cost: 15 to 30 sweeps of the sampler a set.
    """
    if solution.state == "quiescent":
        return Value(solution.reduction.g - 1.0, 0.0, "linear about x = 0")
    rates, shares = [], []
    guess = np.append(solution.corr_phi / solution.corr_phi[0], 0.1)
    for index, child in enumerate(np.random.SeedSequence(seed).spawn(len(solution.process.corr_phi_samples))):
        tangent = TangentMap(solution, index, np.random.default_rng([1, *child.generate_state(4)]))
        guess, ending = Anderson(depth=6).solve(tangent, guess, rtol=rtol, max_steps=max_steps)
        if not ending.converged:
            raise NotConvergedError(f"exponent {ending.message} [residual {ending.residual:.1g}]", solution)
        rates.append(float(tangent(guess)[-1]))
        shares.append(tangent.largest_share)
    if max(shares) > _SHARE:
        warn(
            f"one of {solution.settings['samples']} paths makes up {max(shares):.0%} of the perturbation: the state is "
            "too slow for the sample, and the exponent less certain than its error says; solve with more samples",
            AccuracyWarning,
        )
    scatter = student(len(rates)) * float(standard_error(np.array(rates)))
    return Value(float(np.mean(rates)), scatter, "tangent single-site process", tuple(rates), rtol)
