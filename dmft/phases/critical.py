"""`critical_line`: the curve in a plane of parameters on which an observable crosses a level."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import finite, positive
from dmft.phases.blas import one_blas_thread
from dmft.phases.continuation import Curve, follow
from dmft.phases.dataset import inputs_of, status_attributes
from dmft.phases.fingerprint import canonical, describe
from dmft.phases.further_curves import with_further_curves
from dmft.phases.grid import Axis, axes_of
from dmft.phases.observe import Observable, observables
from dmft.phases.outcome import CROSSING_IN_GAP, NO_CROSSING, status_sentence
from dmft.phases.roots import Root
from dmft.phases.sweep import AT_ANY_POINT, sentence
from dmft.phases.theory import Solver, Theory, call_solver, theory_of

if TYPE_CHECKING:
    import xarray

_SECONDS_A_POINT, _BYTES_A_POINT = 2e-3, 2000  # of a solver that takes no time
_HUGE = 1e30
_DECADES = 20.0  # a range that spans more than this factor is searched in the logarithm


@answering
def critical_line(
    network: Any,
    along: Mapping[str, ArrayLike],
    over: Mapping[str, tuple[float, float]],
    *,
    observable: Callable[[Any], Any] | str,
    level: float = 0.0,
    solve: Solver | None = None,
    rtol: float = 1e-7,
    search: int = 3,
    progress: bool = False,
) -> xarray.Dataset:
    """Follow the curve on which an observable crosses a level.

    At the first value of `along` the range of `over` is searched for a change of sign and the root bracketed; from
    there on it is predicted from the last roots and corrected by secant steps. Where the curve turns back (a fold) it
    is followed by its arclength, and the result gets a dimension `branch`. A trial that fails (a solver that does not
    converge there) is no evidence of anything: the search goes around it. At a few values of `along` the whole range is
    looked through for further curves, which are followed too.

    Parameters
    ----------
    network : the network whose fields are varied.
    along : one dotted field name -> grid, strictly monotonic.
    over : another field name -> (low, high), the range in which to look.
    observable : function of a solution, or name of one of its fields; a number.
    level : the level to be crossed.
    solve : network -> solution, by default the theory that the network and its drive call for.
    rtol : error allowed of the position, relative to it (or to the range, where that includes 0).
    search : number of values of `along`, the ends among them, at which the range of `over` is looked through densely
        for further curves; 0 for none. A curve that closes on itself between them is not found.
    progress : whether to show a progress bar.

    Returns
    -------
    xarray.Dataset : over the field of `along` (and `branch`, if the curve folds or there are several) a variable named
        as the field of `over`: the critical value; `<name>_error`: the last correction, and the observable's error over
        its slope; `status` and `message`; the coordinate `curve` of a branch, the number of the curve that it is a part
        of; `fold_<name of each field>` where there are folds; attributes `curves`, how many were found, and `solves`.
        Where the observable does not cross the level the value is NaN and the status NO_CROSSING. Where all trials
        around the crossing fail it is known to lie between the last that did not: the status is then CROSSING_IN_GAP,
        and the error reaches to both.

    Raises
    ------
    ValueError, TypeError : for unknown fields, a grid or range that is none, an observable that is a word; if no trial
        succeeded, and the last failed for what it was given (a wrong type, a name that there is not).
    TooCostlyError : for more points than memory or time allow.

    Notes
    -----
    Where the observable jumps across the level (a first-order transition) the place of the jump is returned, with half
    the last bracket as its error and a message.

    Accuracy: the boundary of chaos under white noise to 1e-8 relative for 1.05 <= g <= 5
    (`tests/reference/test_critical_line_reference.py`).
    Cost: 2-4 solves a point, 10-20 for the first one, 17 where there is no crossing, and 14-17 for each of `search`.
    """
    (axis,) = _one(axes_of(network, along, argument="along"), "along")
    path, low, high = _range(network, over, axis)
    level, rtol = finite("level", level), positive("rtol", rtol)
    if isinstance(search, bool) or not isinstance(search, int) or search < 0:
        raise ValueError(f"search must be an integer >= 0, got {search!r}")
    search = min(search, len(axis.grid))
    check_cost(
        f"a line of {len(axis.grid):.3g} points",
        seconds=_SECONDS_A_POINT * len(axis.grid),
        memory=_BYTES_A_POINT * len(axis.grid),
        remedy=f"take fewer values of {axis.path}",
    )
    (observed,) = observables([observable] if isinstance(observable, str) else {"observable": observable}, ())
    plane = _Plane(network, axis, path, (low, high), observed, level, theory_of(network) if solve is None else solve)
    with one_blas_thread(), plane.bar(progress):
        tolerance = rtol * plane.scale
        curve = follow(plane, plane.grid, tolerance=tolerance)
        if plane.hopeless and not plane.succeeded:
            raise TypeError(f"no trial could succeed: {plane.trouble}")
        curve = with_further_curves(curve, plane, plane.grid, places=search, tolerance=tolerance)
    return _dataset(plane, curve)


class _Plane:
    """The observable minus the level over the scaled plane of the two fields; nan where it cannot be had."""

    def __init__(
        self,
        network: Any,
        axis: Axis,
        path: str,
        limits: tuple[float, float],
        observed: Observable,
        level: float,
        solve: Solver,
    ) -> None:
        self.network, self.axis, self.path, self.observed = network, axis, path, observed
        self.level, self.solve = level, solve
        self.low, self.high = limits
        self.logarithmic = self.low > 0 and self.high / self.low > _DECADES
        ordered = np.sort(axis.grid)
        self.first, self.span = float(ordered[0]), float(np.ptp(ordered)) or 1.0
        self.grid = [float(value) for value in (ordered - self.first) / self.span]
        self.solves = 0
        self.standard_errors: dict[tuple[float, float], float] = {}
        self.trouble = ""
        self.hopeless, self.succeeded = False, False
        self._values: dict[tuple[float, float], float] = {}
        self._show: Callable[[], Any] = lambda: None

    @property
    def scale(self) -> float:
        """Size in scaled units of a relative change of 1 (in the logarithm), or of the larger end of the range."""
        if self.logarithmic:
            return 1.0 / math.log(self.high / self.low)
        return max(abs(self.low), abs(self.high)) / (self.high - self.low)

    def bar(self, progress: bool) -> Any:
        """Return a context in which solves are counted on a progress bar."""
        from contextlib import nullcontext

        if not progress:
            return nullcontext()
        from tqdm import tqdm

        shown = tqdm(unit="solve")
        self._show = shown.update
        return shown

    def field(self, u: float) -> float:
        """Return the value of the field for its scaled coordinate."""
        if self.logarithmic:
            return self.low * (self.high / self.low) ** u
        return self.low + u * (self.high - self.low)

    def width(self, u: float, error: float) -> float:
        """Return an error of the field for one of the scaled coordinate."""
        if self.logarithmic:
            return error * math.log(self.high / self.low) * self.field(u)
        return error * (self.high - self.low)

    def __call__(self, a: float, u: float) -> float:
        if (a, u) not in self._values:
            self._values[a, u] = self._solved(a, u)
        return self._values[a, u]

    def _solved(self, a: float, u: float) -> float:
        self.solves += 1
        self._show()
        try:
            values = {self.axis.path: self.first + a * self.span, self.path: self.field(u)}
            solution = call_solver(self.solve, self.network.replace(**values), None)
            convergence = getattr(solution, "convergence", None)
            if convergence is not None and not convergence.converged:
                self.trouble = convergence.message
                return math.nan
            reading, error = self.observed.read(solution)
        except Exception as failure:
            # A trial point that fails is one that the search avoids; what it said is kept for the message.
            self.trouble = sentence(failure)
            self.hopeless = isinstance(failure, AT_ANY_POINT)
            return math.nan
        if isinstance(reading, str):
            raise TypeError(f"observable must give a number to cross a level, got the word {reading!r}")
        self.succeeded = True
        self.standard_errors[a, u] = error if math.isfinite(error) else 0.0
        if math.isinf(reading):  # such as the complexity where there is nothing to count: a sign, and no slope
            return math.copysign(_HUGE, reading)
        return reading - self.level

    def standard_error_near(self, a: float, u: float) -> float:
        """Return the observable's standard error at the solved point of this a that is nearest to u."""
        here = [point for point in self.standard_errors if point[0] == a]
        return self.standard_errors[min(here, key=lambda point: abs(point[1] - u))] if here else 0.0


def _dataset(plane: _Plane, curve: Curve) -> xarray.Dataset:
    import xarray

    n_branches, n = len(curve.branches), len(plane.grid)
    shape = (n_branches, n)
    value, error = np.full(shape, math.nan), np.full(shape, math.nan)
    status = np.full(shape, NO_CROSSING, dtype=np.int16)
    message = np.full(shape, status_sentence(NO_CROSSING), dtype=object)
    if plane.trouble:
        message[:] = f"{status_sentence(NO_CROSSING)}; at a trial point: {plane.trouble}"
    for b, branch in enumerate(curve.branches):
        for i, root in branch.roots.items():
            value[b, i] = plane.field(root.x)
            noise = plane.standard_error_near(plane.grid[i], root.x)
            off = root.error + (noise / abs(root.slope) if noise > 0 else 0.0)
            error[b, i] = plane.width(root.x, off)
            status[b, i] = CROSSING_IN_GAP if root.gap else 0
            message[b, i] = _remark(root, plane.trouble)
    back = slice(None) if plane.axis.grid[0] <= plane.axis.grid[-1] else slice(None, None, -1)
    dims: tuple[str, ...] = ("branch", plane.axis.path) if n_branches > 1 else (plane.axis.path,)

    def entry(values: Any, attributes: dict[str, Any]) -> Any:
        ordered = values[:, back]
        return (dims, ordered if n_branches > 1 else ordered[0], attributes)

    from dmft.phases.grid import field_of

    metadata = field_of(plane.network, plane.path).metadata
    unit = {"units": metadata.get("unit", "")}
    variables = {
        plane.path: entry(value, unit | {"long_name": metadata.get("meaning", "")}),
        f"{plane.path}_error": entry(error, unit | {"long_name": "error of the critical value"}),
        "status": entry(status, status_attributes()),
        "message": entry(message, {}),
    }
    if curve.folds:
        variables[f"fold_{plane.axis.path}"] = (
            ("fold",),
            [plane.first + a * plane.span for a, _ in curve.folds],
            {"units": plane.axis.unit},
        )
        variables[f"fold_{plane.path}"] = (("fold",), [plane.field(u) for _, u in curve.folds], unit)
    axis = plane.axis
    attributes = {
        "curves": len({branch.curve for branch in curve.branches if branch.roots}),
        "observable": _name(plane.observed),
        "level": plane.level,
        "solves": plane.solves,
        "network": repr(plane.network),
        "question": canonical(
            {
                "network": describe(plane.network),
                "along": {axis.path: axis.grid.tolist()},
                "over": {plane.path: [plane.low, plane.high]},
                "observable": describe(plane.observed.function),
                "level": plane.level,
                "solve": describe(plane.solve),
            }
        ),
    }
    kind: Any = plane.solve.solution if isinstance(plane.solve, Theory) else None
    if getattr(kind, "references", ()):
        attributes["references"] = ", ".join(kind.references)
    inputs = inputs_of(plane.network)
    if inputs is not None:
        attributes["inputs"] = inputs
    coordinates: dict[str, Any] = {
        axis.path: ((axis.path,), axis.grid, {"units": axis.unit, "long_name": axis.meaning})
    }
    if n_branches > 1:
        coordinates["curve"] = (
            ("branch",),
            [branch.curve for branch in curve.branches],
            {"long_name": "number of the curve"},
        )
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def _remark(root: Root, trouble: str) -> str:
    if root.gap:
        return f"{status_sentence(CROSSING_IN_GAP)}; at a trial point: {trouble}"
    return "the observable jumps across the level" if root.jump else ""


def _name(observed: Observable) -> str:
    function = observed.function
    return function if isinstance(function, str) else getattr(function, "__name__", "observable")


def _one(axes: tuple[Axis, ...], argument: str) -> tuple[Axis]:
    if len(axes) != 1:
        raise ValueError(f"{argument} must name one field, got {', '.join(axis.path for axis in axes)}")
    return (axes[0],)


def _range(network: Any, over: Mapping[str, tuple[float, float]], axis: Axis) -> tuple[str, float, float]:
    (limits,) = _one(axes_of(network, over), "over")
    if limits.path == axis.path:
        raise ValueError(f"along and over must name two fields, got {axis.path!r} twice")
    if len(limits.grid) != 2 or limits.grid[0] >= limits.grid[1]:
        raise ValueError(f"over[{limits.path!r}] must be (low, high) with low < high, got {over[limits.path]}")
    return limits.path, float(limits.grid[0]), float(limits.grid[1])
