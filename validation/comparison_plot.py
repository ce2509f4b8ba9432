"""The figure of a comparison."""

from __future__ import annotations

from textwrap import fill, shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.models.brief import brief
from dmft.plotting import COLOURS, MARKERS

if TYPE_CHECKING:
    from validation.comparison import Comparison

# Inches of a row, and characters of the title, which is a statement.
_ROW, _TITLE = 0.2, 220
# The axis shows this part of the rows whole; of others what is inside, with an arrow.
_INSIDE = 0.8
# What is drawn of a transient: as the theory calls it, and its label.
_COURSES = {"transient_mean": ("mean_x", r"mean of $x$"), "transient_variance": ("variance", r"variance of $x$")}
_VERDICT_COLOURS = {"agree": COLOURS[2], "disagree": COLOURS[1], "undecided": "#777777"}


def plot_comparison(comparison: Comparison) -> Any:
    """Return a `Figure`: left what was measured along lags or times, right the deviation of each quantity."""
    from matplotlib.figure import Figure

    curves = _curves_of(comparison)
    height = max(3.9, 0.9 + _ROW * len(comparison.rows))
    figure = Figure(figsize=(9.6 if curves else 6.4, height), layout="constrained")
    layout: list[Any] = [[name, "deviations"] for name in curves] or [["deviations"]]
    axes: Any = figure.subplot_mosaic(layout, width_ratios=[1.25, 1.0] if curves else None)
    for name in curves:
        (_draw_correlation if name == "corr_phi" else _draw_course)(axes[name], comparison, name)
    if curves:
        where = "best" if curves == ["corr_phi"] else "upper right"  # transients begin high at the left
        axes[curves[-1]].legend(frameon=False, loc=where)
    _draw_deviations(axes["deviations"], comparison)
    figure.suptitle(fill(shorten(brief(comparison.simulation.network), _TITLE), 110 if curves else 75), fontsize=9)
    return figure


def _curves_of(comparison: Comparison) -> list[str]:
    """Return what is drawn: the correlation function, or mean and variance of a transient, where these are compared."""
    if "corr_phi" in comparison.simulation.variables:
        return ["corr_phi"]
    compared = {row.quantity.split(".")[0].split("[")[0] for row in comparison.rows}
    return [name for name in _COURSES if name in compared and hasattr(comparison.theory, _COURSES[name][0])]


def _draw_correlation(axes: Any, comparison: Comparison, name: str) -> None:
    theory, lags = comparison.theory, comparison.simulation.lags
    fine = np.linspace(0.0, lags[-1], 401)
    known = np.atleast_2d(theory.corr_phi_at(fine)) if hasattr(theory, "corr_phi_at") else None
    _draw_curves(axes, comparison, name, lags, (fine, known))
    axes.set_xlabel(r"lag $\ell$ ($\tau$)")
    axes.set_ylabel(r"$C^\phi(\ell)=\langle\phi(x(t))\,\phi(x(t+\ell))\rangle$")
    axes.axhline(0.0, color="0.8", lw=0.7, zorder=0)


def _draw_course(axes: Any, comparison: Comparison, name: str) -> None:
    theory, times = comparison.theory, comparison.simulation.coordinates["time"]
    attribute, label = _COURSES[name]
    seen = theory.times <= times[-1] * (1.0 + 1e-9)
    known = np.atleast_2d(theory.axis.populated(getattr(theory, attribute)))
    _draw_curves(axes, comparison, name, times, (theory.times[seen], known[:, seen]))
    axes.set_xlabel(r"time ($\tau$)")
    axes.set_ylabel(label)


def _draw_curves(axes: Any, comparison: Comparison, name: str, at: Any, theory: tuple[Any, Any]) -> None:
    """Draw lines of the theory, one a population, and the networks of each size as markers."""
    simulation = comparison.simulation
    names = list(simulation.coordinates.get("population", [""]))
    fine, known = theory
    for k, row in enumerate(() if known is None else known):
        colour = COLOURS[k % len(COLOURS)] if len(names) > 1 else "black"
        axes.plot(fine, row, color=colour, lw=1.4, label=f"{names[k]}, theory".lstrip(", "), zorder=1)
    shown = slice(None, None, max(1, len(at) // 20))
    for size, marker in zip(simulation.sizes, MARKERS, strict=False):
        means, errors = (np.atleast_2d(of(name, size)) for of in (simulation.mean, simulation.standard_error))
        for k, population in enumerate(names):
            networks = f"N = {size} ({simulation.n_realizations[size]} networks)"
            index = k if len(names) > 1 else list(simulation.sizes).index(size)
            axes.errorbar(
                at[shown],
                means[k][shown],
                np.nan_to_num(errors[k][shown]),
                fmt=marker,
                ms=4.5,
                mfc="none",
                mew=1.1,
                color=COLOURS[index % len(COLOURS)],
                elinewidth=1.0,
                capsize=2,
                label=f"{population}, {networks}" if population else networks,
                zorder=2,
            )
    axes.set_xlim(left=-0.02 * at[-1])
    _plain(axes)


def _draw_deviations(axes: Any, comparison: Comparison) -> None:
    rows = comparison.rows
    positions = np.arange(len(rows))[::-1]
    for y, row in zip(positions, rows, strict=True):
        width = 100 * row.bias_bound / row.scale
        if np.isfinite(width):
            axes.barh(y, 2 * width, left=100 * row.deviation - width, height=0.5, color="0.85", zorder=1)
        error = row.error
        axes.errorbar(
            100 * row.deviation,
            y,
            xerr=100 * (error if np.isfinite(error) else 0.0) / row.scale,
            fmt="o",
            ms=5,
            color=_VERDICT_COLOURS[row.verdict],
            capsize=3,
            zorder=2,
        )
    _clip(axes, rows, positions, 100 * comparison.tolerance)
    axes.axvline(0.0, color="black", lw=0.8)
    tolerance = 100 * comparison.tolerance
    axes.axvspan(-tolerance, tolerance, color=COLOURS[2], alpha=0.08, lw=0, zorder=0)
    axes.set_yticks(positions, [f"{row.quantity}  {row.verdict}" for row in rows], fontsize=8)
    axes.set_xlabel("large-N estimate minus theory (%)")
    axes.set_title(f"grey: bias at most; green: within {tolerance:g} %", fontsize=8, color="0.35")
    _plain(axes)


def _clip(axes: Any, rows: Any, positions: Any, tolerance: float) -> None:
    """Limit the axis to what most rows need, and mark where others go on."""
    reach = []
    for row in rows:
        widths = [w for w in (row.error / row.scale, row.bias_bound / row.scale) if np.isfinite(w)]
        reach.append(100 * (abs(row.deviation) + max(widths, default=0.0)))
    limit = max(2.0 * tolerance, 1.15 * float(np.quantile(reach, _INSIDE)))
    if max(reach) <= 2.0 * limit:
        return
    axes.set_xlim(-limit, limit)
    for y, row, far in zip(positions, rows, reach, strict=True):
        if far > limit:
            side = 1.0 if row.deviation >= 0.0 else -1.0
            axes.plot(0.97 * side * limit, y, ">" if side > 0 else "<", color=_VERDICT_COLOURS[row.verdict], ms=5)


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
