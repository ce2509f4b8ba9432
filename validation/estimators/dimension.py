"""Participation ratio of the covariance matrix and sums of squared cross-covariances, unbiased by short runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import non_negative, one_of
from validation.ensemble import checked_count
from validation.errors import SimulationError
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator

_KINDS = ("x", "phi")
_BLOCK = 16  # samples multiplied together: N^2 numbers are read and written once a block


@dataclass(frozen=True)
class Dimension(Measure):
    """Participation ratio PR/N = (tr Sigma)^2/(N tr Sigma^2) of x and phi(x), and psi(lag) = sum_ij C_ij(lag)^2/N.

    Sigma is the covariance about the mean of every neuron, which is zero only for odd phi; C_ij(lag) likewise.

    The square of an estimated covariance is too large by its variance, which lowers PR when the run is short, and that
    of an estimated mean takes variance away. States of the same couplings from different initial conditions are
    independent: with the mean over time m_s of each state s, and over each group of states
        Sigma_a = <x x^T>_a - mean of m_s m_s'^T over s != s' in a,
    the estimates
        tr Sigma^2 <- mean of tr Sigma_a Sigma_b over a != b,   (tr Sigma)^2 <- mean of tr Sigma_a tr Sigma_b,
    and likewise at a lag, are unbiased, however short the run.

    The theory averages tr Sigma^2 over couplings: 1/<1/PR> is closest to it (`harmonic_dimension`); the mean of PR lies
    above by the variance of 1/PR.

    In a network of named populations also `covariance_blocks_x` and `_phi`: (1/N) sum of C_ij^2 over i in a and j in b,
    at lag 0, likewise unbiased; their sum is psi(0).

    Parameters
    ----------
    groups : number of groups of states, >= 2; memory and time grow with it. `simulate` needs initial_states >= 4, two
        for each of two groups; with fewer than two states for each group, there are fewer groups.
    lags : lags of psi in units of tau, rounded to multiples of the sampling interval; each costs as much as lag 0.
    populations : filled in by `simulate`.
    """

    groups: int = 4
    lags: tuple[float, ...] = (0.0,)
    populations: tuple[str, ...] = ()

    word = "dimension"

    def __post_init__(self) -> None:
        if checked_count("groups", self.groups) < 2:
            raise ValueError(f"groups must be at least 2 for an unbiased estimate, got {self.groups}")
        lags = tuple(non_negative("lags", lag) for lag in self.lags)
        object.__setattr__(self, "lags", lags if 0.0 in lags else (0.0, *lags))
        object.__setattr__(self, "populations", tuple(self.populations))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        found: dict[str, tuple[tuple[str, ...], str]] = {}
        for kind in _KINDS:
            found[f"dimension_{kind}"] = ((), "1")
            found[f"inverse_dimension_{kind}"] = ((), "1")
            found[f"dimension_{kind}_error"] = ((), "1")
            found[f"psi_{kind}"] = (("psi_lag",), "1")
            if self.populations:
                found[f"covariance_blocks_{kind}"] = (("population", "other_population"), "1")
        return found

    def among(self, populations: tuple[str, ...]) -> Self:
        """Return the measure of these populations."""
        return replace(self, populations=populations)

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the lags, and the names of the populations.

        Raises
        ------
        ValueError : if a lag is longer than the run.
        """
        steps = self._steps(sampling)
        if max(steps) >= sampling.n_samples:
            longest = (sampling.n_samples - 1) * sampling.interval
            raise ValueError(f"lags must be at most {longest:g}, the duration, got {max(self.lags):g}")
        found: dict[str, NDArray[Any]] = {"psi_lag": sampling.interval * np.array(steps, dtype=float)}
        if self.populations:
            found |= {"population": np.array(self.populations), "other_population": np.array(self.populations)}
        return found

    def n_results(self, sampling: Sampling) -> float:
        """Return the number of lags."""
        return len(self.lags)

    def _steps(self, sampling: Sampling) -> list[int]:
        return [round(lag / sampling.interval) for lag in self.lags]

    def start(self, simulator: Simulator, sampling: Sampling) -> CovarianceSums:
        """Return the accumulator of one realization.

        Raises
        ------
        ValueError : if there are fewer than four states, or a population of no weight.
        """
        blocks = simulator.layout.slices if self.populations else []
        if blocks and not simulator.layout.all_heard:
            raise ValueError("the dimension is that of units that are heard: leave out the populations of fraction 0")
        if simulator.n_states < 4:
            raise ValueError(
                "initial_states must be at least 4, two in each of two groups of states, for an unbiased estimate of "
                f"the dimension, got {simulator.n_states}"
            )
        return CovarianceSums(min(self.groups, simulator.n_states // 2), self._steps(sampling), simulator, blocks)


class CovarianceSums(Accumulator):
    """Sums over time of a(t + lag) a(t)^T for each group of states, and of a for each state, for a = x and phi.

    What is summed is a less its mean over the states at the first sample: covariances do not depend on it, to rounding,
    and a large mean does not drown them in single precision.
    """

    def __init__(self, groups: int, steps: list[int], simulator: Simulator, blocks: list[slice]) -> None:
        n = simulator.n
        self._blocks = blocks
        self._steps, self._reach = steps, max(steps)
        self._groups = np.array_split(np.arange(simulator.n_states), groups)
        dtype = simulator.x.dtype
        # The last `reach` samples stay in front of the block, so that every lag finds its earlier sample.
        self._states = np.zeros((2, self._reach + _BLOCK, simulator.n_states, n), dtype=dtype)
        self._sums = np.zeros((2, len(steps), groups, n, n), dtype=dtype)
        # Sums over time of the later and the earlier factor of the products, for each state.
        self._later, self._earlier = np.zeros((2, 2, len(steps), simulator.n_states, n))
        self._product = np.empty((n, n), dtype=dtype)
        self._shift: NDArray[Any] | None = None
        self._filled = 0
        self._samples = 0

    def update(self, simulator: Simulator) -> None:
        """Take the state; multiply when a block is full."""
        seen = np.stack([simulator.x.T, simulator.rates.T])
        if self._shift is None:
            self._shift = seen.mean(axis=1, keepdims=True)
        self._states[:, self._reach + self._filled] = seen - self._shift
        self._filled += 1
        self._samples += 1
        if self._filled == _BLOCK:
            self._multiply()

    def _multiply(self) -> None:
        n = self._product.shape[0]
        first, last = self._reach, self._reach + self._filled
        before = self._samples - self._filled
        for index, step in enumerate(self._steps):
            # Before the first sample there are zeros, which add nothing; later factors without a partner are left out.
            alone = min(max(0, step - before), self._filled)
            self._later[:, index] += self._states[:, first + alone : last].sum(axis=1, dtype=np.float64)
            self._earlier[:, index] += self._states[:, first - step : last - step].sum(axis=1, dtype=np.float64)
            for kind, states in enumerate(self._states):
                for group, members in enumerate(self._groups):
                    later = states[first:last, members].reshape(-1, n)
                    earlier = states[first - step : last - step, members].reshape(-1, n)
                    np.matmul(later.T, earlier, out=self._product)
                    self._sums[kind, index, group] += self._product
        if self._reach:
            self._states[:, : self._reach] = self._states[:, last - self._reach : last].copy()
        self._filled = 0

    def _about_the_mean(self, kind: int, index: int) -> NDArray[Any]:
        """Return Sigma_a of every group at a lag, shape (groups, N, N)."""
        count = self._samples - self._steps[index]
        out: NDArray[Any] = np.empty_like(self._sums[kind, index])
        for group, members in enumerate(self._groups):
            later, earlier = (sums[kind, index, members] / count for sums in (self._later, self._earlier))
            pairs = np.outer(later.sum(axis=0), earlier.sum(axis=0)) - later.T @ earlier  # of different states
            out[group] = self._sums[kind, index, group] / (count * len(members))
            out[group] -= pairs / (len(members) * (len(members) - 1))
        return out

    def _by_block(self, covariances: NDArray[Any]) -> NDArray[np.float64]:
        """Return (1/N) sum of C_ij^2 over blocks, from products of different groups, shape (P, P)."""
        count, n = len(covariances), self._product.shape[0]
        return np.array(
            [
                [_across(_gram(covariances[:, rows, columns].reshape(count, -1))) / n for columns in self._blocks]
                for rows in self._blocks
            ]
        )

    def _check_motion(self, kind: int, traces: NDArray[np.float64]) -> None:
        """Refuse what is only rounding about a state at rest: its dimension is that of nothing."""
        assert self._shift is not None
        rounding = 32.0 * float(np.finfo(self._shift.dtype).eps)
        size = float(np.mean(np.square(self._shift[kind], dtype=np.float64)))
        if float(np.max(traces)) <= rounding**2 * size + np.finfo(np.float32).tiny:
            raise SimulationError(
                f"the activity is at rest: its variance, {float(np.max(traces)):.2g}, is rounding, and has no dimension"
            )

    def result(self) -> dict[str, Any]:
        """Return dimensions, their error from leaving out one group at a time (at fixed couplings), and psi.

        Raises
        ------
        SimulationError : if nothing moves.
        """
        if self._filled:
            self._multiply()
        n = self._product.shape[0]
        found: dict[str, Any] = {}
        for kind, word in enumerate(_KINDS):
            psi = []
            for index, step in enumerate(self._steps):
                covariances = self._about_the_mean(kind, index)
                products = _gram(covariances.reshape(len(covariances), -1)) / n
                psi.append(_across(products))
                if step == 0 and self._blocks:
                    found[f"covariance_blocks_{word}"] = self._by_block(covariances)
                if step == 0:
                    squares, traces = products, np.trace(covariances, axis1=1, axis2=2, dtype=np.float64) / n
            self._check_motion(kind, traces)
            inverse, error = _inverse_dimension(squares, traces)
            found[f"dimension_{word}"] = 1.0 / inverse
            found[f"inverse_dimension_{word}"] = inverse
            found[f"dimension_{word}_error"] = error / inverse**2
            found[f"psi_{word}"] = np.array(psi)
        return found


def _gram(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the products of rows with each other, summed in double precision over stretches of single precision."""
    count, length = rows.shape
    out = np.zeros((count, count))
    for first in range(0, length, 1 << 16):
        block = rows[:, first : first + (1 << 16)].astype(np.float64)
        out += block @ block.T
    return out


def _across(products: NDArray[np.float64]) -> float:
    """Return the mean of the elements off the diagonal."""
    count = len(products)
    return float((products.sum() - np.trace(products)) / (count * (count - 1)))


def _inverse_dimension(squares: NDArray[np.float64], traces: NDArray[np.float64]) -> tuple[float, float]:
    """Return N tr Sigma^2/(tr Sigma)^2, and its error by the jackknife over groups (nan for two groups).

    The jackknife is right where the error comes from one fluctuating factor, and up to sqrt(2) too large where it comes
    from products of two (runs so short that noise exceeds the covariances).
    """

    def ratio(keep: NDArray[np.intp]) -> float:
        return _across(squares[np.ix_(keep, keep)]) / _across(np.outer(traces[keep], traces[keep]))

    everyone = np.arange(len(traces))
    if len(traces) < 3:
        return ratio(everyone), math.nan
    left_out = np.array([ratio(np.delete(everyone, k)) for k in everyone])
    return ratio(everyone), float(np.sqrt((len(traces) - 1) * np.var(left_out)))


def harmonic_dimension(simulation: Any, size: int, *, of: str = "phi") -> tuple[float, float]:
    """Return 1/<1/PR>/N over the networks of a size, and its standard error (nan for one network).

    Parameters
    ----------
    simulation : a `Simulation` with the measure "dimension".
    size : number of neurons.
    of : "phi" or "x".
    """
    one_of("of", of, _KINDS)
    name = f"inverse_dimension_{of}"
    mean = float(simulation.mean(name, size))
    return 1.0 / mean, float(simulation.standard_error(name, size)) / mean**2
