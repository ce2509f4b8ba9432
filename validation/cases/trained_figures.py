"""The pictures of the section on trained networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.plotting import COLOURS, MARKERS
from validation.cases.drawing import named, panels
from validation.cases.trained_experiments import LEARNED
from validation.training.trained import TrainedNetwork

ERROR = r"test error $\sum(z-f)^2/\sum f^2$"


def against_size(errors: dict[str, dict[int, FloatArray]]) -> Any:
    """Return test errors against the number of units, by rule: networks as dots, medians as symbols."""
    figure, (axes,) = panels(1, 4.0, 3.0)
    axes.axhline(LEARNED, color="0.8", lw=0.7)
    for index, (rule, of_size) in enumerate(errors.items()):
        sizes = sorted(of_size)
        for size in sizes:
            axes.plot(np.full(len(of_size[size]), size), of_size[size], ls="", marker=".", ms=3, color=COLOURS[index])
        middle = [float(np.median(of_size[size])) for size in sizes]
        axes.plot(sizes, middle, marker=MARKERS[index], mfc="white", color=COLOURS[index], label=rule)
    axes.set_yscale("log")
    named(axes, "units N", ERROR)
    return figure


def traces(trained: TrainedNetwork, units: int = 3) -> Any:
    """Return the output and some units of a network by itself, over what they were to do."""
    ran = trained.run(1, seed=0, rates=True)
    (rates,), (said,), (trial,) = ran.rates, ran.outputs, ran.trials
    times = trained.trainer.dt * np.arange(len(said))
    figure, axes = panels(2, 7.0, 2.6)
    axes[0].plot(times, trial.target[:, 0], color="0.6", lw=2.5, label="target")
    axes[0].plot(times, said[:, 0], color=COLOURS[0], label="read-out")
    axes[1].plot(times, rates[:, :units] + 2.2 * np.arange(units), color=COLOURS[1])
    named(axes[0], r"time ($\tau$)", "output", legend="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    named(axes[1], r"time ($\tau$)", "rates of units, one above the other")
    return figure
