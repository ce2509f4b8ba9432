"""How much noise a trained network stands: the same white noise of each unit, in training and afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import named, panels, symbols
from validation.cases.section import Budget, Picture, kept
from validation.cases.trained_experiments import LEARNED, RULES, Draw, oscillation_error
from validation.cases.trained_figures import ERROR


def picture(budget: Budget) -> tuple[Picture, list[str]]:
    """Return the figure of errors against noise by both rules, and the medians."""
    size, n = 600, 2
    noises = [1e-3, 3e-3, 1e-2, 3e-2]
    first = Draw(budget.seed, size, 30, 10)
    told = []
    with paper_style():
        figure, (axes,) = panels(1, 4.0, 3.0)
        axes.axhline(LEARNED, color="0.8", lw=0.7)
        for index, rule in enumerate(RULES):
            draws = replace(first, rule=rule).over(n, noise=noises)
            errors = np.array(kept(budget, f"noise-{rule}", oscillation_error, draws)).reshape(len(noises), n)
            axes.plot(noises, errors, ls="", marker=".", ms=3, color=COLOURS[index])
            middle = np.median(errors, axis=1)
            symbols(axes, noises, middle, index=index, ls="-", label=rule)
            parts = ", ".join(f"{error:.2g} at {noise:g}" for noise, error in zip(noises, middle, strict=True))
            told.append(f"Noise of each unit, N = {size}, {rule}: median error {parts}.")
        axes.set_xscale("log")
        axes.set_xticks(noises, [f"{noise:g}" for noise in noises])
        axes.minorticks_off()
        axes.set_yscale("log")
        named(axes, r"noise $\sigma$ of each unit", ERROR)
    return Picture(
        "trained-noise",
        figure,
        f"The oscillation with white noise of each unit, in training and in the test, N = {size}: networks (dots) and "
        "medians. All couplings trained (full-FORCE) stand more of it than a read-out that is fed back (FORCE).",
    ), told
