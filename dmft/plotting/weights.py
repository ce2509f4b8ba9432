"""The distribution of excitatory and inhibitory weights: densities, and bars for the weights that are at a bound."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from dmft.plotting.style import COLOURS

_HEADROOM = 1.3  # for the legend
_KINDS = (("excitatory", COLOURS[1], 1.0), ("inhibitory", COLOURS[0], -1.0))
_FREE = ("of either sign", "black", 1.0)


def draw_weights(axes: Any, dataset: Any, name: str) -> None:
    """Draw the densities of a solution; bars for those at zero or at a bound, read off the right-hand axis.

    Where there are no weights, the reason; above those at the capacity, which stand for none beyond it, too.
    """
    v, density = np.asarray(dataset["v"].values, dtype=float), np.asarray(dataset[name].values, dtype=float)
    axes.set_xlabel(r"weight $\sqrt{N}\,w_i$" if "at_bounds" in dataset else r"weight $\sqrt{N}\,w_i/|w|$")
    axes.set_ylabel("density")
    reason = textwrap.fill(str(dataset.attrs.get("message", "no weights")), 34)
    if not np.any(np.isfinite(density)):  # no weights
        axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", size="small")
        return
    if dataset.attrs.get("status", "CONVERGED") != "CONVERGED":
        axes.set_title(f"{reason}\n(weights of the best iterate)", size="x-small")
    free = bool(np.any(density[0][v < 0.0] > 0.0))  # excitatory weights are not negative
    right = axes.twinx()
    beside = 0.015 * (v[-1] - v[0])
    for i, (kind, colour, side) in enumerate([_FREE] if free else _KINDS):
        row = density[i]
        if not np.any(np.isfinite(row)):
            continue
        there = row > 0.0
        axes.plot(v[there], row[there], color=colour, label=kind)
        for place, part in _points(dataset, i):
            at = side * place if free or place else side * beside
            right.bar(at, part, width=1.4 * beside, color=colour, alpha=0.45, lw=0)
    right.set_ylim(0.0, _HEADROOM)
    right.set_yticks(np.linspace(0.0, 1.0, 6))
    right.set_ylabel("fraction of weights at " + ("a bound" if "at_bounds" in dataset else "zero"))
    right.spines["right"].set_visible(True)
    axes.set_ylim(0.0, _HEADROOM * np.nanmax(density, initial=1e-9))
    axes.legend(loc="upper right")


def _points(dataset: Any, kind: int) -> Iterator[tuple[float, float]]:
    """Yield sizes of weights that many have, and the fraction that does."""
    if "at_bounds" not in dataset:
        yield 0.0, float(dataset["silent"].values[kind])
        return
    for bound, part in zip(dataset["limits"].values, dataset["at_bounds"].values[kind], strict=True):
        if np.isfinite(bound) and part > 0.0:
            yield float(bound), float(part)
