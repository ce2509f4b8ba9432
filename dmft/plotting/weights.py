"""The distribution of excitatory and inhibitory weights: densities, and bars for the weights that are zero."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from dmft.plotting.style import COLOURS

_HEADROOM = 1.3  # for the legend
_KINDS = (("excitatory", COLOURS[1], 1.0), ("inhibitory", COLOURS[0], -1.0))


def draw_weights(axes: Any, dataset: Any, name: str) -> None:
    """Draw the densities of a solution, and its silent fractions as bars at zero, read off the right-hand axis.

    Where there are no weights, the reason.
    """
    v, density = np.asarray(dataset["v"].values, dtype=float), np.asarray(dataset[name].values, dtype=float)
    axes.set_xlabel(r"weight $\sqrt{N}\,w_i/|w|$")
    axes.set_ylabel("density")
    if not np.any(np.isfinite(density)):  # no weights
        reason = textwrap.fill(str(dataset.attrs.get("message", "no weights")), 34)
        axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", size="small")
        return
    silent = np.asarray(dataset["silent"].values, dtype=float)
    right = axes.twinx()
    beside = 0.03 * v[-1]
    for (kind, colour, side), row, zero in zip(_KINDS, density, silent, strict=True):
        if not np.any(np.isfinite(row)):
            continue
        there = row > 0.0
        axes.plot(v[there], row[there], color=colour, label=kind)
        right.bar(side * beside, zero, width=1.4 * beside, color=colour, alpha=0.45, lw=0)
    right.set_ylim(0.0, _HEADROOM)
    right.set_yticks(np.linspace(0.0, 1.0, 6))
    right.set_ylabel("fraction of weights at zero")
    right.spines["right"].set_visible(True)
    axes.set_ylim(0.0, _HEADROOM * np.nanmax(density, initial=1e-9))
    axes.legend(loc="upper right")
