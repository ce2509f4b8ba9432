"""A solution as a figure: each of its functions of lag or of time in a panel, with its standard error as a band.

Populations have a curve each, with their names.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dmft.plotting.style import COLOURS, paper_style
from dmft.plotting.weights import draw_weights

if TYPE_CHECKING:
    import matplotlib.figure

_COUNTED = {"case": "manifold, or labelling", "manifold": "manifold"}  # dimensions without an order
_AXES = _COUNTED | {
    "v": r"weight $\sqrt{N}\,w_i/|w|$",
    "lags": r"lag $\ell$ ($\tau$)",
    "times": r"time $t$ ($\tau$)",
    "unit": "unit, by its norm",
    "sample": "training input, by its weight",
    "q_values": r"$q = \langle\phi^2\rangle$",
    "layer": "hidden layer",
}
_LABELS = {
    "corr_x": r"$C^x(\ell)$",
    "corr_phi": r"$C^\phi(\ell)$",
    "corr_slope": r"$C^{\phi'}(\ell)$",
    "psi_phi": r"$\Psi^\phi(\ell)$",
    "psi_x": r"$\Psi^x(\ell)$",
    "density": "density",
    "unit_norms": r"norm $|\zeta_h|$ of a unit",
    "dual": "dual weight",
    "complexity_values": r"complexity $\Sigma(q)$",
    "mean_x": r"mean of $x$",
    "variance": r"variance of $x$",
    "mean_phi": r"mean rate $\langle\phi\rangle$",
    "overlap_samples": "overlap with the state at the halt",
    "velocity_samples": r"rms velocity ($1/\tau$)",
    "capacities": r"capacity $\alpha$",
    "radii": "radius (centre norms)",
    "dimensions": "dimension",
    "slope_samples": r"$g^2\langle\phi'^2\rangle$",
    "losses": "loss on the training set",
    "accuracies": "accuracy on the training set",
    "angles": "angle to the gradient (degrees)",
    "scale": "update over gradient",
    "correlations": "correlation of two inputs",
    "error": r"generalisation error",
    "alignment": "cosine of read-out and feedback",
}
_RANKED = ("unit", "sample")  # axes without an order of their own
_ROUNDING = 1e-12
_NOTHING = ("NO_SOLUTION", "NON_FINITE")  # what ended so has no curves, but for weights that stand for none
_TIMES = {"steps per dimension": r"time $\alpha$ (steps per dimension)", "rate times steps": "rate times steps"}
_GONE = 3e-3  # part of C(0) below which a correlation function has decayed, for the range of lags shown


def solution(result: Any) -> matplotlib.figure.Figure:
    """Draw a solution.

    Parameters
    ----------
    result : a solution of any theory, or the `xarray.Dataset` that `dmft.load` read from its file.

    Returns
    -------
    matplotlib.figure.Figure : up to three panels, in one row.

    Raises
    ------
    TypeError : for what is neither.
    ValueError : for a dataset without a function of lag, of time or of a weight.
    """
    import xarray
    from matplotlib.figure import Figure

    dataset = result if isinstance(result, xarray.Dataset) else _dataset_of(result)
    curves = [name for name in dataset.data_vars if _axis(dataset[name]) is not None and name in _LABELS]
    # By symmetry some vanish but for rounding; a state at rest has nothing else.
    drawn = ([name for name in curves if np.any(np.abs(dataset[name].values) > _ROUNDING)] or curves)[:3]
    if not drawn:
        held = ", ".join(map(str, dataset.data_vars))
        what = dataset.attrs.get("theory", "dataset")
        raise ValueError(
            f"there is nothing to draw: this {what} has no function of lag, of time or of a weight, but numbers alone "
            f"({held}); print it, or draw a number over a field with dmft.phase_diagram"
        )
    if dataset.attrs.get("status") in _NOTHING and "v" not in dataset:
        return _told(str(dataset.attrs.get("message", "there is no solution")), Figure(figsize=(3.5, 1.8)))
    with paper_style():
        figure = Figure(figsize=(2.4 * len(drawn) + 0.4, 2.5))
        for axes, name in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
            axis = _axis(dataset[name])
            draw = draw_weights if "kind" in dataset[name].dims else _draw
            draw = _draw_ranked if axis in _RANKED else _draw_one_by_one if axis in _COUNTED else draw
            draw(axes, dataset, str(name))
        if "population" in dataset[drawn[0]].dims:
            figure.axes[0].legend(frameon=False)
    return figure


def _told(reason: str, figure: matplotlib.figure.Figure) -> matplotlib.figure.Figure:
    """Write why there are no curves where they would be."""
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, textwrap.fill(reason, 40), transform=axes.transAxes, ha="center", va="center", size="small")
    return figure


def _dataset_of(result: Any) -> Any:
    to_xarray = getattr(result, "to_xarray", None)
    if not callable(to_xarray):
        raise TypeError(f"solution takes a solution or its xarray.Dataset, got {type(result).__name__}")
    return to_xarray()


def _axis(variable: Any) -> str | None:
    """Return "lags", "times", "q_values" or "v" of a curve, or of several of a kind; None of anything else."""
    dims = [dim for dim in variable.dims if dim not in ("set", "population", "kind")]
    return str(dims[0]) if len(dims) == 1 and dims[0] in _AXES and variable.sizes[dims[0]] > 1 else None


def _draw(axes: Any, dataset: Any, name: str) -> None:
    variable = dataset[name]
    axis = str(_axis(variable))
    at = np.asarray(dataset[axis].values, dtype=float)
    axes.axhline(0.0, color="0.85", lw=0.7)
    of_populations = [{}] if "population" not in variable.dims else [{"population": a} for a in dataset["population"]]
    ends = []
    for number, one in enumerate(of_populations):
        colour = COLOURS[number % len(COLOURS)]
        values, error = _values(dataset.sel(one), name)
        if np.any(error > 0):
            axes.fill_between(at, values - error, values + error, color=colour, alpha=0.3, lw=0)
        axes.plot(at, values, color=colour, label=str(one["population"].values) if one else None)
        ends.append(_end(at, values) if axis == "lags" else at[-1])
    axes.set_xlabel(_TIMES.get(dataset[axis].attrs.get("units", ""), _AXES[axis]))
    axes.set_ylabel(_LABELS[name])
    axes.set_xlim(at[0], max(ends))
    if axis == "layer":
        axes.set_xticks(at)
    axes.margins(y=0.08)


def _draw_ranked(axes: Any, dataset: Any, name: str) -> None:
    """Draw numbers of things without an order, the largest first."""
    values = np.sort(np.asarray(dataset[name].values, dtype=float))[::-1]
    axes.plot(np.arange(1, len(values) + 1), values, color=COLOURS[0], drawstyle="steps-mid")
    _without_order(axes, dataset, name)


def _draw_one_by_one(axes: Any, dataset: Any, name: str) -> None:
    """Draw numbers along a dimension without an order, with their errors."""
    values, error = _values(dataset, name)
    axes.errorbar(np.arange(1, len(values) + 1), values, error, fmt=".", color=COLOURS[0])
    _without_order(axes, dataset, name)


def _without_order(axes: Any, dataset: Any, name: str) -> None:
    axes.set_xlabel(_AXES[str(_axis(dataset[name]))])
    axes.set_ylabel(_LABELS[name])
    axes.set_ylim(0.0, 1.1 * axes.get_ylim()[1])  # numbers that hardly differ do not lie on the frame


def _values(dataset: Any, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a function and its standard error."""
    values = np.asarray(dataset[name].values, dtype=float)
    if "set" in dataset[name].dims:
        return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
    if f"{name}_error" in dataset:
        return values, np.asarray(dataset[f"{name}_error"].values, dtype=float)
    return values, np.zeros(len(values))


def _end(lags: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Return the lag up to which there is something to see."""
    last = values[-1] if np.isfinite(values[-1]) else 0.0
    moving = np.flatnonzero(np.abs(values - last) > _GONE * max(abs(values[0] - last), 1e-300))
    return float(min(lags[-1], max(1.1 * lags[moving[-1]], lags[1]))) if moving.size else float(lags[-1])
