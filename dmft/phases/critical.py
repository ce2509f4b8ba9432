"""`critical_line`: the curve in a plane of parameters on which an observable crosses a level."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import finite, positive
from dmft.phases.continuation import follow
from dmft.phases.curve import Curve
from dmft.phases.dataset import attributes_of, coordinate_of, status_attributes
from dmft.phases.further_curves import with_further_curves
from dmft.phases.observe import check_fields, observables
from dmft.phases.plane import Plane
from dmft.phases.roots import Root
from dmft.phases.shown import let_diagrams_show_themselves
from dmft.phases.theory import solution_of, theory_of
from dmft.progress import progress_bar
from dmft.sweeps.fingerprint import describe
from dmft.sweeps.grid import Axis, axes_of
from dmft.sweeps.outcome import CROSSING_IN_GAP, NO_CROSSING, status_sentence
from dmft.sweeps.sweep import Solver

if TYPE_CHECKING:
    import xarray

_SECONDS_A_POINT, _BYTES_A_POINT = 2e-3, 2000  # of a solver that takes no time


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
    axis = _one(axes_of(network, along, argument="along"), "along")
    limits = _range(network, over, axis)
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
    theory = theory_of(network) if solve is None else solve
    check_fields(solution_of(theory), (observed,))
    with one_blas_thread(), progress_bar(shown=progress, unit="solve") as bar:
        plane = Plane(network, axis, limits, observed, level, theory, bar)
        tolerance = rtol * plane.scale
        curve = follow(plane, plane.grid, tolerance=tolerance)
        if plane.hopeless and not plane.succeeded:
            raise TypeError(f"no trial could succeed: {plane.trouble}")
        curve = with_further_curves(curve, plane, plane.grid, places=search, tolerance=tolerance)
    return _dataset(plane, curve)


def _dataset(plane: Plane, curve: Curve) -> xarray.Dataset:
    import xarray

    shape = len(curve.branches), len(plane.grid)
    value, error = np.full(shape, math.nan), np.full(shape, math.nan)
    status = np.full(shape, NO_CROSSING, dtype=np.int16)
    lost = status_sentence(NO_CROSSING)
    message = np.full(shape, f"{lost}; at a trial point: {plane.trouble}" if plane.trouble else lost, dtype=object)
    for b, branch in enumerate(curve.branches):
        for i, root in branch.roots.items():
            noise = plane.standard_error_near(plane.grid[i], root.x)
            off = root.error + (noise / abs(root.slope) if noise > 0 else 0.0)
            value[b, i], error[b, i] = plane.ordinate(root.x), plane.width(root.x, off)
            status[b, i] = CROSSING_IN_GAP if root.gap else 0
            message[b, i] = _remark(root, plane.trouble)
    axis, over = plane.axis, plane.over
    back = slice(None) if axis.grid[0] <= axis.grid[-1] else slice(None, None, -1)
    several = len(curve.branches) > 1
    dims = ("branch", axis.path) if several else (axis.path,)

    def entry(values: Any, **attributes: Any) -> Any:
        return (dims, values[:, back] if several else values[0, back], attributes)

    variables = {
        over.path: entry(value, units=over.unit, long_name=over.meaning),
        f"{over.path}_error": entry(error, units=over.unit, long_name="error of the critical value"),
        "status": entry(status, **status_attributes()),
        "message": entry(message),
    }
    if curve.folds:
        abscissas, ordinates = zip(*curve.folds, strict=True)
        variables[f"fold_{axis.path}"] = (("fold",), list(map(plane.abscissa, abscissas)), {"units": axis.unit})
        variables[f"fold_{over.path}"] = (("fold",), list(map(plane.ordinate, ordinates)), {"units": over.unit})
    coordinates = {axis.path: coordinate_of(axis)}
    if several:
        numbers = [branch.curve for branch in curve.branches]
        coordinates["curve"] = (("branch",), numbers, {"long_name": "number of the curve"})
    question = {
        "network": describe(plane.statement),
        "along": {axis.path: axis.grid.tolist()},
        "over": {over.path: over.grid.tolist()},
        "observable": describe(plane.observed.function),
        "level": plane.level,
        "solve": describe(plane.solve),
    }
    function = plane.observed.function
    attributes = {
        "curves": len({branch.curve for branch in curve.branches if branch.roots}),
        "observable": function if isinstance(function, str) else getattr(function, "__name__", "observable"),
        "level": plane.level,
        "solves": plane.solves,
        **attributes_of(plane.statement, plane.solve, question),
    }
    let_diagrams_show_themselves()
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def _remark(root: Root, trouble: str) -> str:
    if root.gap:
        return f"{status_sentence(CROSSING_IN_GAP)}; at a trial point: {trouble}"
    return "the observable jumps across the level" if root.jump else ""


def _one(axes: tuple[Axis, ...], argument: str) -> Axis:
    if len(axes) != 1:
        raise ValueError(f"{argument} must name one field, got {', '.join(axis.path for axis in axes)}")
    return axes[0]


def _range(network: Any, over: Mapping[str, tuple[float, float]], axis: Axis) -> Axis:
    limits = _one(axes_of(network, over), "over")
    if limits.path == axis.path:
        raise ValueError(f"along and over must name two fields, got {axis.path!r} twice")
    if len(limits.grid) != 2 or limits.grid[0] >= limits.grid[1]:
        raise ValueError(f"over[{limits.path!r}] must be (low, high) with low < high, got {over[limits.path]}")
    return limits
