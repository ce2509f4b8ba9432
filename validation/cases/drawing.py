"""What the figures of the report share: panels, words on the axes, networks as open symbols beside lines of theory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dmft.plotting import COLOURS, MARKERS
from validation.row import Row
from validation.simulation import Simulation

LAG = r"lag $\ell$ ($\tau$)"
EXPONENT = r"largest exponent $\lambda$ ($1/\tau$)"
THEORY = "theory"
PLASTICITY = "plasticity strength k"
_CORRELATIONS = {"corr_x": r"$C^x(\ell)$", "corr_phi": r"$C^\phi(\ell)$"}


def panels(n: int, width: float = 7.0, height: float = 2.9, **settings: Any) -> tuple[Any, Sequence[Any]]:
    """Return a figure with n panels in a row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.subplots(1, n, squeeze=False, **settings)[0]


def zero(axes: Any, *, upright: bool = False) -> None:
    """Draw a faint line at zero."""
    (axes.axvline if upright else axes.axhline)(0.0, color="0.8", lw=0.7)


def plain(axis: Any, ticks: Iterable[float]) -> None:
    """Put ticks at some values of a logarithmic axis, written as they are; those outside its limits are not drawn."""
    low, high = axis.get_view_interval()
    kept = list(ticks)
    axis.set_ticks(kept, [f"{value:g}" for value in kept])
    axis.set_ticks([], minor=True)
    if low > 0.0:
        axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})


def named(axes: Any, x: str, y: str, *, legend: str | None = "best", lines: str | None = None, **settings: Any) -> None:
    """Write on both axes, and the legend at a place, if there is something to tell apart, `lines` with a name."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend is not None:
        keyed(axes, lines, loc=legend, **settings)


def keyed(axes: Any, lines: str | None = THEORY, **settings: Any) -> None:
    """Write the legend of what has a label, with a word for the lines, which have none beside their networks."""
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if lines is not None:
        handles, labels = [Line2D([], [], color="0.3"), *handles], [lines, *labels]
    if labels:
        axes.legend(handles, labels, **settings)


def symbols(axes: Any, x: Any, values: Any, errors: Any = None, *, index: int = 0, **look: Any) -> None:
    """Draw networks, with standard errors; `index` gives them their shape and colour."""
    usual = {"fmt": MARKERS[index], "mfc": "white", "color": COLOURS[index], "capsize": 1.5, "elinewidth": 0.8}
    axes.errorbar(x, values, errors, **usual | look)


def networks(axes: Any, x: Any, simulations: Iterable[Simulation], name: str, size: int, **look: Any) -> None:
    """Draw a number of networks of one size, for several simulations."""
    found = list(simulations)
    values, errors = [s.mean(name, size) for s in found], [s.standard_error(name, size) for s in found]
    symbols(axes, x, values, errors, **{"label": f"N = {size}"} | look)


def spread(axes: Any, x: Any, samples: Any, **look: Any) -> None:
    """Draw the mean of networks (first axis) with its standard error."""
    values = np.asarray(samples)
    symbols(axes, x, values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values)), **look)


def large_n(axes: Any, x: Any, rows: Sequence[Row]) -> None:
    """Draw large-N estimates, with a bar for their error and a thin one for the bound on their bias too."""
    limits, errors = [row.estimate.value for row in rows], [row.error for row in rows]
    widest = [row.error + row.bias_bound for row in rows]
    axes.errorbar(x, limits, widest, fmt="none", color=COLOURS[3], lw=0.6)
    symbols(axes, x, limits, errors, index=3, mfc=COLOURS[3], elinewidth=None, ms=3.5, label="large N")


def correlation(
    axes: Any,
    name: str,
    solution: Any,
    simulation: Simulation,
    *,
    index: int,
    label: str,
    relative: bool = False,
    **look: Any,
) -> None:
    """Draw a correlation function (`relative` to lag 0): theory as a line, the largest networks as symbols."""
    lags, shown = np.linspace(0.0, 20.0, 401), slice(None, None, 2)
    size = simulation.sizes[-1]
    line, values = getattr(solution, f"{name}_at")(lags), simulation.mean(name, size)
    units = (line[0], values[0]) if relative else (1.0, 1.0)
    axes.plot(lags, line / units[0], color=COLOURS[index])
    errors = simulation.standard_error(name, size)[shown] / units[1]
    symbols(axes, simulation.lags[shown], values[shown] / units[1], errors, index=index, label=label, **look)
    axes.set_xlabel(LAG)
    axes.set_ylabel(_CORRELATIONS[name])
    axes.set_xlim(-0.4, 20.2)
