"""The pictures of the section on implicit bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.plotting import COLOURS
from validation.cases.drawing import named, panels, symbols
from validation.cases.implicit_bias_experiments import mean_and_error
from validation.gated.trained import Path

_NAMES = {
    "limit": "limit of gradient descent",
    "zeta": r"least $|\zeta|$",
    "architecture": "architecture alone",
    "descent": "gradient descent",
}
_PREDICTORS = {
    "hidden": "SVM on\nhidden layer",
    "learned": "limit,\nlearned gates",
    "random": "limit,\nrandom gates",
    "linear": "linear\nclassifier",
}
Numbers = dict[int, dict[str, FloatArray]]


def along_time(paths: dict[str, tuple[Path, float]]) -> Any:
    """Return how far networks are above the least norm, against steps of gradient descent."""
    figure, (axes,) = panels(1, 4.2, 3.0)
    for index, (name, (path, norm)) in enumerate(paths.items()):
        axes.plot(path.steps, path.values / norm - 1.0, color=COLOURS[index], label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(left=10.0)
    axes.set_ylim(top=30.0)
    named(
        axes,
        "steps of gradient descent",
        r"$|\theta|^2/(2\,$margin$^{2/L})$ over the least, $-1$",
        legend="upper right",
    )
    return figure


def against_contexts(numbers: Numbers) -> Any:
    """Return accuracies of one layer against the number of half-spaces."""
    figure, (axes,) = panels(1, 4.0, 3.0)
    _curves(axes, numbers, ("limit", "descent"), "")
    named(axes, "half-spaces", "accuracy on the test set")
    return figure


def against_units(numbers: Numbers) -> Any:
    """Return accuracies of two layers, and who agrees with gradient descent, against the number of units."""
    figure, (left, right) = panels(2)
    _curves(left, numbers, tuple(_NAMES), "")
    _curves(right, numbers, ("limit", "zeta", "architecture"), "_agrees")
    named(left, "units", "accuracy on the test set", legend="lower right")
    named(right, "units", "same label as gradient descent", legend=None)
    return figure


def of_rectifiers(numbers: dict[str, FloatArray]) -> Any:
    """Return who agrees with rectified networks, and accuracies."""
    figure, (left, right) = panels(2, 8.6)
    for axes, end, extra in ((left, "_agrees", ()), (right, "", ("descent",))):
        names = (*_PREDICTORS, *extra)
        for place, name in enumerate(names):
            symbols(axes, place, *mean_and_error(numbers[name + end]), index=place % len(COLOURS))
            values = numbers[name + end]
            axes.plot(np.full(len(values), place + 0.18), values, ls="", marker=".", ms=2.5, color="0.6")
        axes.set_xticks(range(len(names)), [*_PREDICTORS.values(), "rectified\nnetwork"][: len(names)], fontsize=6)
        axes.set_xlim(-0.5, len(names) - 0.4)
    named(left, "", "same label as the network")
    named(right, "", "accuracy on the test set")
    return figure


def _curves(axes: Any, numbers: Numbers, names: tuple[str, ...], end: str) -> None:
    """Draw means over draws against the size, with standard errors, a little beside each other."""
    width = 0.012 * (max(numbers) - min(numbers) or 1)
    for name in names:
        draws = {size: of[name + end][np.isfinite(of[name + end])] for size, of in sorted(numbers.items())}
        found = {size: mean_and_error(v) for size, v in draws.items() if len(v) > 1}  # not separable: no limit
        index = list(_NAMES).index(name)
        sizes = np.array(list(found), dtype=float)
        symbols(
            axes,
            sizes + width * (index - 1),
            *zip(*found.values(), strict=True),
            index=index,
            label=_NAMES[name],
            ls="-",
            lw=0.8,
        )
