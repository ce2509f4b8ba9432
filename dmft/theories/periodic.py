"""solve_periodic: the locked state of a network driven by a common periodic input."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dmft.models.balanced import BalancedNetwork
from dmft.models.checks import positive
from dmft.models.common_input import is_common
from dmft.models.drive import Sinusoid
from dmft.models.network import RandomNetwork
from dmft.models.nonlinearity import ReLU
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Anderson
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.pairs import ClosedPairs, PairAverages, pair_averages
from dmft.numerics.two_time.torus import Torus
from dmft.theories.nonstationary.forcing import Forcing, forcing, stage_times
from dmft.theories.nonstationary.initial import initial_state
from dmft.theories.solution import OnFailure, Solution, delivered

if TYPE_CHECKING:
    import xarray

FloatArray = NDArray[np.float64]

_SUBSTEPS = 4
_FLOOR = 1e-12  # variance, relative to the largest, below which a silent network's is held


@dataclass(frozen=True, eq=False, kw_only=True)
class PeriodicSolution(Solution):
    """A state that repeats with the drive.

    Attributes
    ----------
    times : one period, shape (n,), in units of tau.
    mean, variance, rate : of h over neurons, and <phi(h)>, shape (n,).
    covariance : [t, s], shape (n, n); doubly periodic: the covariance over a lag of whole periods is the variance.
    slopes : <phi'(t) phi'(s)>, shape (n, n).
    period : of the drive.
    branch : "locked". Where its exponent is positive it is unstable, and a network goes to the chaotic state instead.
    """

    times: FloatArray = field(repr=False)
    mean: FloatArray = field(repr=False)
    variance: FloatArray = field(repr=False)
    rate: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)
    slopes: FloatArray = field(repr=False)
    period: float
    branch: str = "locked"

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)
    coordinates: ClassVar[dict[str, str]] = {"times": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "mean": (("times",), "1"),
        "variance": (("times",), "1"),
        "rate": (("times",), "1"),
        "covariance": (("times", "times_2"), "1"),
    }

    def to_xarray(self) -> xarray.Dataset:
        """Return the arrays as a labelled dataset, with the branch among the attributes."""
        return super().to_xarray().assign_attrs(branch=self.branch)


def solve_periodic(
    network: BalancedNetwork | RandomNetwork,
    *,
    n: int = 128,
    rtol: float = 1e-8,
    max_steps: int = 200,
    init: PeriodicSolution | None = None,
    on_failure: OnFailure = "raise",
) -> PeriodicSolution:
    """Solve for the locked state of a network under a common sinusoid.

    m' = -m + sqrt(K) (I0 - J0 <phi>) + I(t),   (1 + d_t)(1 + d_s) c(t, s) = g^2 <phi(h(t)) phi(h(s))>,
    with c doubly periodic, so that c(t, t + P) = c(t, t): h repeats with the drive. The operators are inverted in
    Fourier modes, c is iterated with Anderson acceleration, and m is the periodic orbit at the variance of each
    iterate.

    Parameters
    ----------
    network : with a `Sinusoid` of common phase. (For random phases the locked state is stationary: solve_stationary.)
    n : points per period, at least 16; low frequencies need about 8 a unit of time.
    rtol : largest residual of the undamped map relative to the variance that counts as converged.
    max_steps : largest number of iterations.
    init : solution of a neighbouring network to start from.
    on_failure : "raise", "warn" or "ignore".

    Raises
    ------
    NotConvergedError : if the iteration stops short of `rtol`.
    ValueError, TypeError : for a network without a common sinusoid, or fewer than 16 points.

    Notes
    -----
    At low frequencies (below about 0.03) there are several locked solutions; a constant start leads to the one that
    sits on the static fixed point in every episode of activity. Accuracy: error O(n^-2)
    (`tests/invariants/test_periodic_invariants.py`). Cost: 10-30 iterations of n^2/2 averages, 30 ms at n = 128.
    """
    drive = getattr(network, "drive", None)
    if not (isinstance(drive, Sinusoid) and is_common(drive)):
        raise ValueError(f"solve_periodic needs a Sinusoid of common phase, got drive={drive!r}")
    n = int(positive("n", n))
    if n < 16:
        raise ValueError(f"n must be at least 16 to resolve a period, got {n}")
    averages = pair_averages(network.nonlinearity)
    force = forcing(network)
    assert force.period
    torus = Torus(n, force.period)
    problem = _Problem(network, force, averages, torus)
    if init is None:
        mean, variance = initial_state(network, averages, None)
        start = np.full((n, n), max(variance, 1e-3))
        problem.mean = np.full(n, mean)
    else:
        start, problem.mean = _resampled(init, n)
    solution, outcome = problem.iterate(start, rtol, max_steps)
    return delivered(problem.solution(solution, outcome), on_failure)


@dataclass
class _Problem:
    """The map c -> [(1 + d_t)(1 + d_s)]^-1 g^2 <phi phi>; `mean` holds the orbit of the last iterate."""

    network: BalancedNetwork | RandomNetwork
    force: Forcing
    averages: PairAverages
    torus: Torus
    mean: FloatArray = field(default_factory=lambda: np.zeros(0))

    def iterate(self, start: FloatArray, rtol: float, max_steps: int) -> tuple[FloatArray, Convergence]:
        n = self.torus.n
        i, j = np.triu_indices(n)

        def step(half: FloatArray) -> FloatArray:
            c = _square(half, n, i, j)
            new, _ = self.apply(c)
            return new[i, j]

        half, outcome = Anderson(depth=6).solve(step, start[i, j], rtol=rtol, max_steps=max_steps)
        return _square(half, n, i, j), outcome

    def apply(self, c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the image of c and <phi' phi'>."""
        variance = np.diag(c)
        variance = np.maximum(variance, _FLOOR * variance.max())
        self.mean = self.orbit(variance)
        q, p = self.pair(c, variance)
        return self.torus.relax(self.force.g2 * q), p

    def pair(self, c: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        n = self.torus.n
        m = self.mean
        limit = np.sqrt(variance[:, None] * variance[None, :])
        c = np.clip(c, -limit, limit)
        if isinstance(self.averages, MehlerPairs):
            a, b = self.averages.coefficients(m, variance)
            return _series(a, c / limit), _series(b, c / limit)
        if isinstance(self.network.nonlinearity, ReLU):
            from dmft.numerics.gaussian.relu_row import relu_square

            return relu_square(np.ascontiguousarray(m), np.ascontiguousarray(variance), np.ascontiguousarray(c))
        i, j = np.triu_indices(n)
        q, p = self.averages.pair(m[i], variance[i], m[j], variance[j], c[i, j])
        return _square(q, n, i, j), _square(p, n, i, j)

    def orbit(self, variance: FloatArray) -> FloatArray:
        """Return the periodic mean at a periodic variance, by marching until it repeats."""
        n, h = self.torus.n, self.torus.period / self.torus.n
        drive = self.force.input(stage_times(0.0, h, n, _SUBSTEPS))
        after = np.roll(variance, -1)
        m = self.mean.copy()
        passes = max(3, math.ceil(30.0 / self.torus.period))
        if isinstance(self.averages, ClosedPairs):
            from dmft.numerics.two_time.mean import periodic_mean

            periodic_mean(self.averages.kind, m, variance, after, h, self.force.inhibition, drive, passes)
            return m
        from dmft.theories.nonstationary.series_march import advance_mean

        assert isinstance(self.averages, MehlerPairs)
        none = np.zeros((_SUBSTEPS, 2, 1))
        x = float(m[0])
        for _ in range(passes):
            first = x
            for t in range(n):
                m[t] = x
                x = advance_mean(self.averages, x, (variance[t], after[t]), h, self.force.inhibition, drive[t], none)
            if abs(x - first) <= 1e-13 * (1.0 + float(np.max(np.abs(m)))):
                break
        return m

    def solution(self, c: FloatArray, outcome: Convergence) -> PeriodicSolution:
        variance = np.maximum(np.diag(c), 0.0)
        if not np.all(np.isfinite(c)):
            outcome = Convergence(Status.NON_FINITE, math.inf, outcome.steps, outcome.history)
        _, slopes = self.apply(c)
        rate, _ = self.averages.first(self.mean, variance)
        return PeriodicSolution(
            network=self.network,
            convergence=outcome,
            settings={"n": self.torus.n},
            times=self.torus.times,
            mean=self.mean.copy(),
            variance=variance.copy(),
            rate=rate,
            covariance=c.copy(),
            slopes=slopes,
            period=self.torus.period,
        )


def _square(half: FloatArray, n: int, i: NDArray[Any], j: NDArray[Any]) -> FloatArray:
    full = np.empty((n, n))
    full[i, j] = half
    full[j, i] = half
    return full


def _series(a: FloatArray, r: FloatArray) -> FloatArray:
    total = np.zeros_like(r)
    for row in a[::-1]:
        total = total * r + row[:, None] * row[None, :]
    return total


def _resampled(init: PeriodicSolution, n: int) -> tuple[FloatArray, FloatArray]:
    from scipy.signal import resample

    c = resample(resample(init.covariance, n, axis=0), n, axis=1) if len(init.times) != n else init.covariance
    return np.array(c), np.array(resample(init.mean, n) if len(init.times) != n else init.mean)


def locked_exponent(solution: PeriodicSolution) -> tuple[float, tuple[float, ...]]:
    """Return the exponent of the locked state, stable or not, and the iterates of lambda that led to it.

    lambda with spectral radius 1 of p -> [(1 + lambda + d_t)(1 + lambda + d_s)]^-1 g^2 <phi' phi'> p over doubly
    periodic p: the kernel of a locked state spreads over all lags, and grows as its mode of Bloch momentum 0.
    """
    network: Any = solution.network
    torus = Torus(len(solution.times), solution.period)
    return torus.exponent(network.g**2 * solution.slopes)
