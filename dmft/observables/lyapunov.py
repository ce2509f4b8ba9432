"""Largest Lyapunov exponent of a solved theory."""

from __future__ import annotations

import math
import warnings
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import limited
from dmft.errors import AccuracyWarning, answering
from dmft.models.checks import one_of
from dmft.numerics.riccati import lowest_even
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.numerics.value import Value
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.fast_drive import RippledCorrelation, effective_slope
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.centred.verification import lost

_LEVEL_ERROR = 1e-12  # error of the ground level that the finite window may make
_EPS = float(np.finfo(float).eps)
_SENSITIVITY = 4.0  # largest logarithmic derivative of <phi'^2> by the variance that is allowed for
_ZERO_MODE = 1e-7
_LONGEST = 1e9  # window
_MOST_ELEMENTS = 4000


def described(process: Any) -> str:
    """Return the kind of a process, for a sentence."""
    kind = type(process).__name__
    return f"an {kind}" if kind[0] in "AEIO" else f"a {kind}"


@singledispatch
def exponent_of(process: Any, solution: Any) -> Value:
    """Return the exponent of a solution, by the kind of its single-site process (or its own kind, if it has none)."""
    raise TypeError(f"no Lyapunov exponent is known of {described(process)}")


def lyapunov_exponent(solution: Any, **settings: Any) -> Value:
    """Return the largest Lyapunov exponent of a solution, in units of 1/tau.

    Stationary states: with <dx(t) dx(t')> = exp(lambda (t + t')) psi(t - t') for a small perturbation dx,
        [-d^2/dlag^2 + 1 - g^2 <phi' phi'>(lag)] psi = E psi,   lambda = -1 + sqrt(1 - E_0),
    E_0 the lowest level of this Schroedinger equation [Sompolinsky, Crisanti & Sommers 1988; Schuecker, Goedeke &
    Helias 2018]. In a state that does not fluctuate the potential is constant, and lambda = g sqrt(<phi'^2>) - 1.

    Parameters
    ----------
    solution : a `StationarySolution`, or that of another theory (then see `dmft.observables.driven_lyapunov` and
        `dmft.observables.plastic_lyapunov` for its equation and settings).
    method : "collocation" (spectral elements, the default) or "riccati" (shooting); they share no code.

    Returns
    -------
    Value : the exponent, a float with `.standard_error` (0: nothing is sampled), `.method` and `.history` (the lowest
        even and odd levels found on each window).

    Raises
    ------
    TypeError : for a solution of another kind.
    ValueError : for a solution that did not converge, or an unknown method.
    DMFTError : if it would take more than some ten seconds (a slow and strong sinusoid).

    Warns
    -----
    AccuracyWarning : if the zero mode C', an odd solution at E = 0 in every chaotic state without drive, is not found
        there.

    Notes
    -----
    Accuracy: 1e-8 for tanh and erf, 1.05 <= g <= 10 (`tests/reference/test_stationary_reference.py`), where both
    methods agree to 1e-9. Cost: 10-30 ms.
    """
    return exponent_of(getattr(solution, "process", solution), solution, **settings)


@exponent_of.register
@answering
def _(process: CentredProcess, solution: StationarySolution, *, method: str = "collocation") -> Value:
    with limited():
        return _exponent(solution, method)


def _exponent(solution: StationarySolution, method: str) -> Value:
    one_of("method", method, ("collocation", "riccati"))
    refuse_stateless(solution, "to perturb", of=solution.variance)
    gain = solution.reduction.g
    if math.isinf(solution.decay_rate):
        growth = gain * math.sqrt(solution.mean_square_slope)
        # <phi'^2> of a variance that is off by its error: its logarithmic derivative is of order one for any phi here.
        state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
        wrong = growth * (0.5 * lost(solution.process.averages)[1] + _SENSITIVITY * state) + 4.0 * _EPS * (1.0 + growth)
        return Value(growth - 1.0, 0.0, "constant potential", numerical_error=wrong)
    well = _Well(solution)
    if method == "riccati":
        edges = well.mesh(1.0).edges
        level = lowest_even(well.potential, edges, 24, reflecting=well.half_period > 0)
        history: tuple[tuple[float, ...], ...] = ((level,),)
        name = "Riccati shooting"
    else:
        level, history = _ground_level(solution, well)
        name = "spectral elements"
    depth = max(1.0 - level, 0.0)
    return Value(math.sqrt(depth) - 1.0, 0.0, name, history, numerical_error=_of_root(depth, well.error(level)))


def _of_root(square: float, error: float) -> float:
    """Return how far the root of a number may be off, which is of the root of its error where the number is small."""
    if not square > 0.0:
        return math.sqrt(error)
    root, lower = math.sqrt(square), math.sqrt(max(square - error, 0.0))
    return max(min(error, square) / (root + lower), error / (root + math.sqrt(square + error)))


class _Well:
    """The potential 1 - g^2 <phi' phi'>(lag) of a solution, and meshes that resolve it."""

    def __init__(self, solution: StationarySolution) -> None:
        self._solution = solution
        self._gain = solution.reduction.g
        correlation, wave = solution.process.correlation, solution.reduction.wave
        self._ripple = correlation if isinstance(correlation, RippledCorrelation) else None
        #: Half a period of the drive, where the mesh must know it; else 0.
        self.half_period = 0.5 / wave.frequency if wave is not None and self._ripple is None else 0.0

    def potential(self, lags: Any) -> FloatArray:
        """Return the potential; what oscillates fast in it is replaced by its effect."""
        t = np.asarray(lags, dtype=float)
        if self._ripple is None:
            slope = self._solution.corr_slope_at(t)
        else:
            site = self._solution.process.averages
            slope = effective_slope(self._ripple, site, self._gain, t.ravel()).reshape(t.shape)
        return np.asarray(1.0 - self._gain**2 * slope, dtype=float)

    def mesh(self, longer: float) -> HalfLine:
        """Return a mesh that reaches `longer` times as far as correlations take to decay."""
        solution = self._solution
        end = min(longer * 36.0 / solution.decay_rate, _LONGEST)
        # The potential is as steep as it is deep: its scale near 0 is 1/(1 + g^2 <phi'^2>).
        fine = min(0.05, 0.2 / (1.0 + self._gain**2 * solution.mean_square_slope))
        if self.half_period == 0.0:
            return HalfLine(graded_edges(fine, 4.0 * longer / solution.decay_rate, end))
        half, element = self.half_period, self.element
        cells = max(1, math.ceil(end / half * (1.0 - 1e-9)))
        cells = min(cells, max(1, int(_MOST_ELEMENTS * element / half)))
        first = graded_edges(min(fine, element), element, half)
        later = half + element * np.arange(1, round((cells - 1) * half / element) + 1)
        return HalfLine(np.concatenate([first, later]))

    @property
    def element(self) -> float:
        """Length of elements that resolve <phi' phi'> while x sweeps through the steep part of phi."""
        correlation = self._solution.process.correlation
        known = getattr(correlation, "mesh", None)
        if known is None or len(known.edges) < 2:
            return self.half_period
        last = known.edges[known.edges >= known.length - self.half_period * (1.0 + 1e-9)]
        finest = float(np.min(np.diff(last))) if len(last) > 1 else self.half_period
        return self.half_period / math.ceil(self.half_period / finest * (1.0 - 1e-9))

    def error(self, level: float) -> float:
        """Return a bound on the error of the ground level: halved elements, a longer window, and the averages."""
        gain2 = self._gain**2
        mesh = self.mesh(1.0)
        finer, _ = mesh.split().lowest(self.potential(mesh.split().nodes))
        _, slope = lost(self._solution.process.averages)
        averages = gain2 * self._solution.mean_square_slope * slope
        convergence = self._solution.convergence
        state = convergence.error if math.isfinite(convergence.error) else convergence.residual
        rounding = 1e-13 * max(1.0, abs(level))
        ripple = 0.0
        if self._ripple is not None:  # what is of higher order in 1/w
            ripple = (gain2 * self._solution.mean_square_slope) ** 2 * max(1.0, abs(level)) / self._ripple.omega**4
        depth = abs(1.0 - level)
        return 2.0 * abs(finer - level) + averages + state * depth + rounding + ripple


def _ground_level(solution: StationarySolution, well: _Well) -> tuple[float, tuple[tuple[float, ...], ...]]:
    history: list[tuple[float, ...]] = []
    longer, reached = 1.0, 0.0
    for _ in range(5):
        mesh = well.mesh(longer)
        if mesh.length <= reached:
            break
        reached = mesh.length
        potential = well.potential(mesh.nodes)
        level, _ = mesh.lowest(potential)
        history.append((level,))
        edge = _continuum(well, mesh, float(potential[-1]))
        depth = edge - level
        rate = math.sqrt(max(depth, 0.0))
        if depth < 1e-13 * max(1.0, abs(level)):
            # Nothing is bound (a constant potential, or a periodic one whose transient repels): the edge is the answer.
            return min(level, edge), tuple(history)
        # The end of the window shifts the level by about 4 depth exp(-2 rate T).
        enough = 0.5 * math.log(max(4.0 * depth / (_LEVEL_ERROR * max(1.0, abs(level))), 1.0))
        if rate * mesh.length >= enough:
            break
        longer *= min(max(1.2 * enough / (rate * mesh.length), 1.3), 8.0)
    if solution.state == "chaotic":
        zero, _ = mesh.lowest(potential, odd=True)
        history.append((level, zero))
        if abs(zero) > _ZERO_MODE * max(1.0, abs(float(potential[0]))):
            warnings.warn(
                f"the zero mode of the chaotic state lies at {zero:.1e} instead of 0; the exponent is about that wrong",
                AccuracyWarning,
                stacklevel=4,
            )
    return level, tuple(history)


def _continuum(well: _Well, mesh: HalfLine, last: float) -> float:
    """Return the lower edge of the continuum: the limit of the potential, or its band if it stays periodic."""
    half = well.half_period
    if half == 0.0:
        return last
    first = int(np.searchsorted(mesh.edges, mesh.length - half * (1.0 + 1e-9)))
    cell = HalfLine(mesh.edges[first:] - mesh.edges[first])
    return cell.lowest(well.potential(mesh.edges[first] + cell.nodes))[0]
