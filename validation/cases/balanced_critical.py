"""The amplitude at which input ends the chaos of a balanced network, against its frequency and the balance scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.drawing import named, panels
from validation.cases.section import Budget, Picture, mapped


def picture(budget: Budget, network: dmft.BalancedNetwork) -> Picture:
    """Return the figure, for both kinds of input."""
    frequencies = np.geomspace(budget.choose(0.04, 0.05), 2.0, budget.choose(6, 16))
    sizes = np.geomspace(100, 1e5, budget.choose(3, 8))
    asked = [
        network.replace(**{"drive.phases": phases, field: float(value)})
        for phases in ("common", "random")
        for field, values in (("drive.frequency", frequencies), ("size", sizes))
        for value in values
    ]
    found = np.array(mapped(budget, budget.choose(_roughly, _critical), asked)).reshape(2, -1)
    with paper_style():
        figure, (left, right) = panels(2)
        for name, colour, amplitudes in zip(("common", "independent"), COLOURS, found, strict=False):
            at_frequency, at_size = np.split(amplitudes, [len(frequencies)])
            left.loglog(frequencies, at_frequency, color=colour, label=name)
            right.loglog(sizes, at_size, MARKERS[0], ls="-", color=colour, label=name)
        left.axhline(dmft.quasi_static_amplitude(network), color="0.6", ls=":", label="common, quasi-static")
        right.loglog(sizes, 0.9025 * np.sqrt(sizes), color="0.6", ls=":", label=r"$0.9025\sqrt{K}$")
        for axes, label in ((left, r"frequency f ($1/\tau$)"), (right, "balance scale K")):
            axes.set_yticks([3, 10, 30, 100, 300], ["3", "10", "30", "100", "300"])
            axes.tick_params(axis="y", which="minor", labelleft=False)
            named(axes, label, "critical amplitude")
    least = [_best(frequencies, amplitudes[: len(frequencies)]) for amplitudes in found]
    return Picture(
        "balanced-critical",
        figure,
        "Amplitude at which input suppresses chaos, in the theory, against its frequency (left, K = 5000) and the "
        "scale K (right). Of "
        f"the frequencies shown least is needed {least[0]} by the common input, {least[1]} by the independent one.",
    )


def _best(frequencies: NDArray[np.float64], amplitudes: NDArray[np.float64]) -> str:
    """Return where the least amplitude is; at an end of the axis that is no best frequency."""
    if not np.any(np.isfinite(amplitudes)):
        return "nowhere"
    least = int(np.nanargmin(amplitudes))
    inside = 0 < least < len(frequencies) - 1
    return f"near f = {frequencies[least]:.2g}" if inside else f"at the end of the axis, f = {frequencies[least]:.2g},"


def _critical(network: dmft.BalancedNetwork) -> float:
    return float(dmft.critical_amplitude(network, rtol=1e-3))


def _roughly(network: dmft.BalancedNetwork) -> float:
    return float(dmft.critical_amplitude(network, rtol=1e-2))  # less than the width of a line
