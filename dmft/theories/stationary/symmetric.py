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
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.cost import check_cost
from dmft.models.checks import integer
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.single_site import Circle, one_blas_thread
from dmft.numerics.single_site.sampling_error import sampled, together
from dmft.theories.reduction import Reduction
from dmft.theories.solution import Solution
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric_groups import GROUPS, STEP_UNSURE, Solved, circle_of, solve_groups
from dmft.theories.stationary.symmetric_sampler import N_QUANTILES, joined

if TYPE_CHECKING:
    import xarray

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_WINDOWS = (204.8, 409.6)  # the longer one where the memory needs it
_FORGOTTEN = 0.1  # largest |C^phi| where the taper begins, relative to lag 0
_LEAST = 8  # paths of a group
_SECONDS, _BYTES = 2e-5, 200.0  # of a solve, a path and step


@dataclass(frozen=True, eq=False, kw_only=True)
class SymmetricSolution(Solution):
    """Stationary state of a network with partially symmetric couplings, sampled.

    Attributes
    ----------
    lags : 0, step, 2 step, ..., shape (n_lag,), in units of tau.
    corr_x, corr_phi : C^x, C^phi, shape (n_lag,), the bias of sampling taken off; corr_x_error, corr_phi_error : their
        errors: of sampling (one sigma), and on top of it bounds on those of steps, window and iteration, which
        ``settings["errors"]`` has one by one, relative to lag 0.
    omega : angular frequencies of the response, from 0, shape (n_omega,), in rad/tau.
    response_z : H(w), response of phi to z = F (eta + xi), shape (n_omega,); S = F H.
    mean_slope, mean_slope_error : <phi'>, which the response starts from.
    variance : C^x(0).
    quantiles : of |x|, at probabilities (k + 1/2)/n, shape (n,).
    phase : "chaotic", "driven" or "quiescent"; "none" without a solution.
    members : corr_x, corr_phi, real and imaginary part of H, quantiles and mean_slope of each independent group, one
        in a row.
    """

    lags: FloatArray = field(repr=False)
    corr_x: FloatArray = field(repr=False)
    corr_phi: FloatArray = field(repr=False)
    corr_x_error: FloatArray = field(repr=False)
    corr_phi_error: FloatArray = field(repr=False)
    omega: FloatArray = field(repr=False)
    response_z: ComplexArray = field(repr=False)
    quantiles: FloatArray = field(repr=False)
    mean_slope: float
    mean_slope_error: float
    variance: float
    phase: str
    members: FloatArray = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("crisanti1987", "marti2018")
    coordinates: ClassVar[dict[str, str]] = {"lags": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "corr_x": (("lags",), "1"),
        "corr_phi": (("lags",), "1"),
        "corr_x_error": (("lags",), "1"),
        "corr_phi_error": (("lags",), "1"),
        "mean_slope": ((), "1"),
        "variance": ((), "1"),
    }

    def to_xarray(self) -> xarray.Dataset:
        """Return the arrays as a labelled dataset, with the phase among the attributes."""
        return super().to_xarray().assign_attrs(phase=self.phase)

    def groups(self) -> list[SymmetricSolution]:
        """Return the solution of each independent group of paths: a function of them has their scatter for its error,
        and differs in its mean from that of `with_bias` by what sampling biases it, see `sampling_error`."""
        return [self._of(row) for row in self.members]

    def with_bias(self) -> SymmetricSolution:
        """Return the solution of all paths together, the bias of sampling not taken off."""
        h = self.response_z
        value = np.concatenate([self.corr_x, self.corr_phi, h.real, h.imag, self.quantiles, [self.mean_slope]])
        return self._of(together(value, self.members))

    def _of(self, row: FloatArray) -> SymmetricSolution:
        corr_x, corr_phi, real, imaginary, quantiles, slope = _parts(row, len(self.lags))
        return replace(
            self,
            corr_x=corr_x,
            corr_phi=corr_phi,
            response_z=real + 1j * imaginary,
            quantiles=quantiles,
            mean_slope=float(slope[0]),
            variance=float(corr_x[0]),
        )

    def response(self, omega: ArrayLike) -> ComplexArray:
        """Return S(w) = int R(u) exp(-i w u) du, below the highest frequency of `omega`."""
        w = np.asarray(omega, dtype=float)
        found = self._response_z(np.abs(w)) / (1.0 + 1j * np.abs(w))
        return np.asarray(np.where(w < 0, found.conj(), found))

    @cached_property
    def _response_z(self) -> Callable[[FloatArray], ComplexArray]:
        from scipy.interpolate import CubicSpline

        # H(-w) = H(w)*: a few points on the other side, so that the spline has no end at 0
        w = np.concatenate([-self.omega[8:0:-1], self.omega])
        return CubicSpline(w, np.concatenate([self.response_z[8:0:-1].conj(), self.response_z]))

    def spectrum_phi(self, omega: ArrayLike) -> FloatArray:
        """Return the transform of C^phi."""
        w = np.asarray(omega, dtype=float)
        unique, inverse = np.unique(w.ravel(), return_inverse=True)
        weights = np.full(len(self.lags), 2.0)
        weights[0] = 1.0
        # White noise makes a cusp at lag 0, which a sum over lags does not see: it is transformed by itself.
        cusp = self._cusp
        smooth = self.corr_phi - cusp * np.exp(-self.lags)
        values = self.lags[1] * np.cos(np.outer(unique, self.lags)) @ (weights * smooth) + 2.0 * cusp / (
            1.0 + unique**2
        )
        return np.asarray(values[inverse].reshape(w.shape), dtype=float)

    @cached_property
    def _cusp(self) -> float:
        """Return -dC^phi/dlag at lag 0+: <phi'^2> times half the intensity of white noise."""
        reduction = self.reduction
        if not reduction.intensity:
            return 0.0
        slope = np.asarray(reduction.nonlinearity.derivative(np.array(self.quantiles)))
        return 0.5 * reduction.intensity * float(np.mean(slope**2))


@one_blas_thread
def solve_symmetric(
    network: Reduction,
    solve_independent: Callable[[Reduction], StationarySolution],
    *,
    seed: Any,
    samples: int,
    max_steps: int,
    accuracy: float | None = None,
) -> SymmetricSolution:
    """Solve by sampling; see `solve_stationary`, and `symmetric_groups` for the errors.

    Parameters
    ----------
    network : with symmetry != 0 and phi odd.
    solve_independent : solves a network of independent couplings, to start from.
    seed : of the random numbers.
    samples : number of paths of 205 tau, in eight independent groups.
    max_steps : largest number of evaluations of the map in a solve.
    accuracy : largest relative error of C(0) that counts as converged; None for any.
    """
    if at_rest(network):
        return _resting(network, seed, samples)
    if _unbounded(network):
        return _without_state(network, seed, samples)
    _check_cost(network, samples)
    independent = solve_independent(_similar(network))
    for window in _WINDOWS:
        circle = circle_of(network, window)
        solved = solve_groups(
            network,
            circle,
            _start(network, independent, circle),
            seed=seed,
            samples=samples,
            max_steps=max_steps,
            forgotten=_FORGOTTEN,
        )
        if solved.remembered <= _FORGOTTEN:
            break
    return _assembled(network, solved, circle, {"seed": seed, "samples": samples}, accuracy)


def _similar(network: Reduction) -> Reduction:
    """Return a network of independent couplings about as far from the transition, to start from."""
    slope = abs(_slope_at_rest(network))
    least = 1.2 / slope if _silent(network) and slope > 0 else 0.0
    return network.replaced(symmetry=0.0, g=max(network.g * (1.0 + network.symmetry), 0.01, least))


def _start(network: Reduction, independent: StationarySolution, circle: Circle) -> FloatArray:
    """Return (C^phi, H) of independent couplings; if they have no moving state, of x as large as g."""
    if independent.convergence.converged and independent.variance > 0:
        corr_phi, slope = independent.corr_phi_at(circle.lags), independent.mean_slope
    else:
        x = max(network.g, 1.0) * np.linspace(-1.5, 1.5, 31)
        height = float(np.mean(np.square(network.nonlinearity(x))))
        corr_phi, slope = (
            height * np.exp(-np.square(circle.lags / 3.0)),
            float(np.mean(network.nonlinearity.derivative(x))),
        )
    return joined(corr_phi, np.full(circle.n_omega, slope + 0j))


def _unbounded(network: Reduction) -> bool:
    """Return whether phi grows like c x far out, with c so large that x grows without bound: c g (1 + rho) >= 1."""
    far = np.array([1e4, 2e4, 1e8])
    with np.errstate(over="ignore", invalid="ignore"):
        slopes = np.abs(np.asarray(network.nonlinearity(far), dtype=float)) / far
    linear = bool(np.all(np.isfinite(slopes)) and np.ptp(slopes) < 1e-3 * slopes[-1])
    return linear and network.g * float(slopes[-1]) * (1.0 + network.symmetry) >= 1.0


def _without_state(network: Reduction, seed: Any, samples: int) -> SymmetricSolution:
    nothing = _resting(network, seed, samples)
    arrays = {name: np.full_like(getattr(nothing, name), math.nan) for name in ("corr_x", "corr_phi", "quantiles")}
    errors = {f"{name}_error": arrays[name].copy() for name in ("corr_x", "corr_phi")}
    detail = (
        "there is no bounded solution: far out phi grows like c x, and g c (1 + symmetry) >= 1; "
        "lower g, or take a phi that saturates"
    )
    return replace(
        nothing,
        **arrays,
        **errors,
        variance=math.nan,
        mean_slope=math.nan,
        mean_slope_error=math.nan,
        phase="none",
        convergence=Convergence(Status.NO_SOLUTION, math.inf, 0, detail=detail),
    )


def _check_cost(network: Reduction, samples: int) -> None:
    n_steps = circle_of(network, _WINDOWS[0]).n_steps
    check_cost(
        f"a solve with {samples} paths",
        seconds=_SECONDS * samples * n_steps,
        memory=_BYTES * samples * n_steps,
        remedy="take fewer samples",
    )


def _assembled(
    network: Reduction, solved: Solved, circle: Circle, settings: dict[str, Any], accuracy: float | None
) -> SymmetricSolution:
    """Return the solution without its bias, and with all of its errors."""
    numbers = sampled(solved.together + solved.step_change, solved.groups + solved.step_change)
    n = circle.n_lags
    heights = [abs(numbers.value[0]), abs(numbers.value[n]), 0.0, 0.0, 0.0, abs(numbers.value[-1])]
    sizes = [n, n, circle.n_omega, circle.n_omega, N_QUANTILES, 1]
    iteration = solved.distance * np.repeat(heights, sizes)
    steps = STEP_UNSURE * np.abs(solved.step_change)
    error = numbers.error + steps + np.abs(solved.window_change) + iteration
    corr_x, corr_phi, real, imaginary, quantiles, slope = _parts(numbers.value, n)
    corr_x_error, corr_phi_error, *_, slope_error = _parts(error, n)
    relative = {
        name: float(max(abs(values[0]) / heights[0], abs(values[n]) / heights[1]))
        for name, values in (
            ("sampling", numbers.error),
            ("bias, taken off", numbers.bias),
            ("steps", steps),
            ("window", solved.window_change),
            ("iteration", iteration),
        )
    }
    total = max(corr_x_error[0] / heights[0], corr_phi_error[0] / heights[1])
    return SymmetricSolution(
        network=network.statement,
        convergence=_outcome(solved, circle, float(total), relative["sampling"], accuracy, settings["samples"]),
        settings={**settings, "window": circle.window, "step": circle.step, "errors": relative},
        lags=circle.lags,
        corr_x=corr_x,
        corr_phi=corr_phi,
        corr_x_error=corr_x_error,
        corr_phi_error=corr_phi_error,
        omega=circle.omega,
        response_z=real + 1j * imaginary,
        quantiles=quantiles,
        mean_slope=float(slope[0]),
        mean_slope_error=float(slope_error[0]),
        variance=float(corr_x[0]),
        members=solved.groups + solved.step_change,
        phase="chaotic" if _silent(network) else "driven",
    )


def _outcome(
    solved: Solved, circle: Circle, error: float, sampling: float, accuracy: float | None, samples: int
) -> Convergence:
    """Return how the solves ended, or what is wrong with all of them."""
    worst = solved.outcome
    # What is left of an iteration may be below what sampling does to it: it is part of the error, and of the scatter of
    # the groups, which is sqrt(GROUPS) times as large.
    near = solved.distance <= 0.5 * sampling and worst.error <= 0.5 * math.sqrt(GROUPS) * sampling
    settled = worst.converged or near
    status, detail = (Status.CONVERGED if settled else worst.status), ""
    if not (np.all(np.isfinite(solved.groups)) and np.all(np.isfinite(solved.together)) and math.isfinite(error)):
        status, error = Status.NON_FINITE, math.inf
    elif solved.remembered > _FORGOTTEN:
        status, error = Status.GRID_TOO_SHORT, math.nan
        detail = (
            f"the window is shorter than the memory of the process: C^phi({circle.lags[circle.tapered_from]:g} tau) is "
            f"still {solved.remembered:.2g} of C^phi(0); the state is too close to the transition, or freezes"
        )
    elif not settled:
        error = error if worst.error < 1.0 else math.nan
        detail = (
            f"not converged: after {worst.steps} steps C^phi is still {worst.error:.1g} of C^phi(0) from the solution; "
            "raise max_steps, or samples (close to the transition few paths have no solution)"
        )
    elif accuracy is not None and error > accuracy:
        status = Status.STALLED
        needed = 8.0 * math.ceil(samples * (error / accuracy) ** 2 / 8.0)
        detail = (
            f"the relative error {error:.1e} of C(0) is above rtol={accuracy:.1e}: take about samples={needed:.3g}, or "
            "a larger rtol"
        )
    return Convergence(status, worst.residual, worst.steps, worst.history, detail, error)


def _parts(row: FloatArray, n_lags: int) -> list[FloatArray]:
    n_omega = 2 * n_lags + 1
    return np.split(row, np.cumsum([n_lags, n_lags, n_omega, n_omega, N_QUANTILES]))


def check_symmetric(network: Reduction, samples: int, max_steps: int) -> None:
    """Refuse what the sampling solver cannot do.

    Raises
    ------
    ValueError, TypeError : for a sinusoid, phi that is not odd, too few samples, or settings of the wrong kind.
    """
    if network.waves:
        raise ValueError(f"drive must be Gaussian noise or None when symmetry != 0, got {network.wave!r}")
    if not network.odd:
        raise ValueError(f"nonlinearity must be odd when symmetry != 0, got {network.nonlinearity!r}")
    integer("max_steps", max_steps, least=1)
    if integer("samples", samples) < _LEAST * GROUPS or samples % GROUPS:
        raise ValueError(f"samples must be a multiple of {GROUPS}, at least {_LEAST * GROUPS}, got {samples}")


def at_rest(network: Reduction) -> bool:
    """Return whether x = 0 is stable and no input moves it: the edge of the elliptic spectrum of J phi'(0).

    The sign of the slope does not matter: with -phi in place of phi the couplings change theirs, and rho stays.
    """
    return _silent(network) and network.g * abs(_slope_at_rest(network)) * (1.0 + network.symmetry) < 1.0


def _silent(network: Reduction) -> bool:
    return not float(network.filtered(1.0, 0.0)) > 0


def _slope_at_rest(network: Reduction) -> float:
    return float(np.asarray(network.nonlinearity.derivative(np.zeros(1)))[0])


def _resting(network: Reduction, seed: Any, samples: int) -> SymmetricSolution:
    """Return the state x = 0: its response is that of a linear network, S = s F (1 + rho g^2 S^2), s = phi'(0)."""
    circle, slope = circle_of(network, _WINDOWS[0]), _slope_at_rest(network)
    echo = 4.0 * network.symmetry * (network.g * slope / (1.0 + 1j * circle.omega)) ** 2
    h = 2.0 * slope / (1.0 + np.sqrt(1.0 - echo))
    none = np.zeros(circle.n_lags)
    row = np.concatenate([none, none, h.real, h.imag, np.zeros(N_QUANTILES), [slope]])
    return SymmetricSolution(
        network=network.statement,
        convergence=Convergence(Status.CONVERGED, 0.0, 0, error=0.0),
        settings={"seed": seed, "samples": samples, "window": circle.window, "step": circle.step},
        lags=circle.lags,
        corr_x=none,
        corr_phi=none.copy(),
        corr_x_error=none.copy(),
        corr_phi_error=none.copy(),
        omega=circle.omega,
        response_z=h,
        quantiles=np.zeros(N_QUANTILES),
        mean_slope=slope,
        mean_slope_error=0.0,
        variance=0.0,
        members=np.array([row, row]),
        phase="quiescent",
    )
