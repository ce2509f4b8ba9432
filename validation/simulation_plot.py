"""The figure of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.plotting.style import COLOURS, MARKERS, paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from validation.simulation import Simulation

_MOST_PANELS = 9
_LABELS = {"corr_x": r"$C^x(\ell)$", "corr_phi": r"$C^\phi(\ell)$"}


def plot_simulation(simulation: Simulation) -> Figure:
    """Return a figure of what was measured.

    First the correlation functions, a line for each size (of named populations one for each, in the largest networks);
    then a panel for each number, against 1/N: means over realizations with standard errors; then the eigenvalues of
    the largest network.
    At most nine panels are drawn, in the order in which things were measured.

    Raises
    ------
    ValueError : if nothing that was measured can be drawn.
    """
    from matplotlib.figure import Figure

    panels = [
        (name, draw)
        for drawn, draw in _DRAWN
        for name, (dims, _) in simulation.variables.items()
        if dims in drawn and np.any(np.isfinite(simulation.mean(name, simulation.sizes[-1])))
    ][:_MOST_PANELS]
    if not panels:
        raise ValueError(
            f"nothing here is drawn as a curve or a number, only {', '.join(simulation.variables)}: see `to_xarray()`"
        )
    columns = min(len(panels), 3)
    lines = -(-len(panels) // columns)
    with paper_style():
        figure = Figure(figsize=(3.3 * columns, 2.7 * lines), layout="constrained")
        axes = figure.subplots(lines, columns, squeeze=False).ravel()
        for one, (name, draw) in zip(axes, panels, strict=False):
            draw(one, simulation, name)
        for empty in axes[len(panels) :]:
            empty.set_axis_off()
    return figure


def _draw_curves(axes: Any, simulation: Simulation, name: str) -> None:
    along = simulation.variables[name][0][-1]
    lags, largest = simulation.coordinates[along], simulation.sizes[-1]
    if "population" in simulation.variables[name][0]:
        mean, error = simulation.mean(name, largest), simulation.standard_error(name, largest)
        labels = [f"{label}, N = {largest}" for label in simulation.coordinates["population"]]
        curves = list(zip(labels, mean, error, strict=True))
    else:
        curves = [
            (f"N = {size}", simulation.mean(name, size), simulation.standard_error(name, size))
            for size in reversed(simulation.sizes)
        ]
    for (label, mean, error), colour in zip(curves, COLOURS, strict=False):
        axes.plot(lags, mean, color=colour, label=label)
        if np.all(np.isfinite(error)):
            axes.fill_between(lags, mean - error, mean + error, color=colour, alpha=0.25, lw=0)
    axes.axhline(0.0, color="0.8", lw=0.7, zorder=0)
    of_networks = along == "lag" or name.startswith("transient")  # students count steps
    axes.set_xlabel({"lag": r"lag $\ell$ ($\tau$)", "time": r"time ($\tau$)"}[along] if of_networks else along)
    axes.set_ylabel(_LABELS.get(name, name.replace("_", " ")))
    axes.legend()


def _draw_numbers(axes: Any, simulation: Simulation, name: str) -> None:
    dims, unit = simulation.variables[name]
    sizes = np.array(simulation.sizes)
    mean = np.array([simulation.mean(name, size) for size in simulation.sizes], dtype=float)
    error = np.nan_to_num(np.array([simulation.standard_error(name, size) for size in simulation.sizes], dtype=float))
    labels = [str(label) for label in simulation.coordinates["population"]] if dims else [""]
    columns = mean.reshape(len(sizes), -1).T, error.reshape(len(sizes), -1).T
    for label, values, bars, colour, marker in zip(labels, *columns, COLOURS, MARKERS, strict=False):
        axes.errorbar(1.0 / sizes, values, bars, fmt=marker, mfc="none", color=colour, capsize=2, label=label or None)
    axes.set_xlim(left=0.0)
    axes.margins(x=0.15)
    axes.set_xlabel("1/N")
    axes.set_ylabel(f"{name.replace('_', ' ')}{'' if unit in ('', '1') else f' ({unit})'}")
    if dims:
        axes.legend()


def _draw_eigenvalues(axes: Any, simulation: Simulation, name: str) -> None:
    largest = simulation.sizes[-1]
    values = simulation.values(name, largest)[0].ravel()
    axes.plot(values.real, values.imag, ".", ms=1.5, color=COLOURS[0], rasterized=True)
    axes.set_aspect("equal", "datalim")
    axes.set_xlabel("real part")
    axes.set_ylabel("imaginary part")
    axes.set_title(f"{name.replace('_', ' ')}\none network, N = {largest}")


_DRAWN = (
    ((("time",), ("lag",), ("population", "lag"), ("population", "time")), _draw_curves),
    (((), ("population",)), _draw_numbers),
    ((("snapshot", "neuron"), ("neuron",)), _draw_eigenvalues),
)
