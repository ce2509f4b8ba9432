"""A sweep over one field as a figure: the observable against it, its error as a band, failed points marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.plotting.edge import crossings
from dmft.plotting.style import COLOURS, MARKERS, paper_style

if TYPE_CHECKING:
    import matplotlib.axes
    import xarray

ALONGSIDE = ("direction", "branch")  # dimensions that are drawn as several curves


def draw_sweep(
    ds: xarray.Dataset,
    of: str,
    x: str,
    *,
    labels: tuple[str, str],
    ax: matplotlib.axes.Axes | None,
    edge: str | None = None,
) -> matplotlib.axes.Axes:
    """Draw one observable against the one swept field.

    Parameters
    ----------
    ds : a dataset with one swept field, and perhaps a dimension of `ALONGSIDE`.
    of, x : the observable and the field.
    labels : of the axes, x and y.
    ax : axes to draw in, or None for those of a new figure.
    edge : an observable whose changes of sign are marked, of each curve.
    """
    import matplotlib.pyplot as plt

    with paper_style():
        if ax is None:
            _, ax = plt.subplots(figsize=(3.5, 2.6))
        order = np.argsort(ds[x].values)
        at = np.asarray(ds[x].values, dtype=float)[order]
        curves = _curves(ds, of, x)
        texts = [str(word) for _, values, _ in curves for word in values if curves[0][1].dtype.kind in "OUT"]
        words = sorted(set(texts) - {""})
        missing = np.ones(len(at), dtype=bool)
        for number, (name, values, errors) in enumerate(curves):
            colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
            heights = _heights(values, words)[order]
            missing &= ~np.isfinite(heights)
            if np.any(errors > 0):
                band = errors[order]
                ax.fill_between(at, heights - band, heights + band, color=colour, alpha=0.3, lw=0)
            style: dict[str, Any] = {"linestyle": "none"} if words else {}
            ax.plot(at, heights, color=colour, marker=marker, markersize=3, label=name or None, **style)
        if words:
            ax.set_yticks(range(len(words)), words)
            ax.margins(y=0.2)
        elif ax.get_ylim()[0] < 0 < ax.get_ylim()[1]:
            ax.axhline(0.0, color="0.85", lw=0.7, zorder=0)
        for number, (_, values, _) in enumerate(_curves(ds, edge, x) if edge else []):
            for zero in crossings(at, np.asarray(values, dtype=float)[order]):
                ax.axvline(zero, color=COLOURS[number % len(COLOURS)], lw=0.9, ls=":")
                ax.annotate(f"{zero:.3g}", (zero, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom")
        if np.any(missing):  # on the axis itself, where they cannot be taken for a value
            place: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "clip_on": False, "linestyle": "none"}
            ax.plot(at[missing], np.zeros(missing.sum()), "x", color="#555555", label="failed", **place)
        if ax.get_legend_handles_labels()[1]:
            ax.legend()
        ax.set_xlabel(labels[0])
        ax.set_ylabel(labels[1])
    return ax


def _curves(ds: xarray.Dataset, of: str, x: str) -> list[tuple[str, Any, Any]]:
    """Return (name, values, errors) of each curve."""
    other = next((str(dim) for dim in ds[of].dims if dim != x), None)
    errors = ds[f"{of}_error"] if f"{of}_error" in ds and ds[f"{of}_error"].dims == ds[of].dims else ds[x] * np.nan
    if other is None:
        return [("", ds[of].values, np.asarray(errors.values, dtype=float))]
    names = (
        [str(name) for name in ds[other].values]
        if other in ds.coords
        else [f"{other} {i}" for i in range(ds.sizes[other])]
    )
    found = []
    for i, name in enumerate(names):
        own = errors.isel({other: i}) if other in errors.dims else errors
        found.append((name, ds[of].isel({other: i}).values, np.asarray(own.values, dtype=float)))
    return found


def _heights(values: Any, words: list[str]) -> Any:
    if not words:
        return np.asarray(values, dtype=float)
    return np.array([words.index(str(word)) if str(word) in words else np.nan for word in values], dtype=float)
