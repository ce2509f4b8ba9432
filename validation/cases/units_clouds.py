"""The picture of eigenvalues of networks of stated units over the edge of their theory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import named, panels, zero
from validation.simulation import Simulation


def stated_clouds(found: Mapping[str, tuple[Any, Simulation]], size: int) -> Any:
    """Draw the eigenvalues of one network state of each unit, with the edge of the support and its rightmost point."""
    figure, axes = panels(len(found))
    for plane, (name, (solution, simulation)) in zip(axes, found.items(), strict=True):
        spectrum = dmft.jacobian_spectrum(solution)
        values = simulation.values("jacobian_eigenvalues", size)[0, 0]
        plane.plot(values.real, values.imag, ".", color=COLOURS[0], ms=1.5, label=f"{name}, N = {size}")
        for number, curve in enumerate(spectrum.contour()):
            plane.plot(curve.real, curve.imag, color="black", lw=1.0, label=None if number else "theory")
        right = spectrum.rightmost
        bar = [spectrum.abscissa.error] * 2
        plane.errorbar([right.real] * 2, [right.imag, -right.imag], xerr=bar, fmt=".", color=COLOURS[1], capsize=1.5)
        zero(plane, upright=True)
        low, high = plane.get_ylim()
        plane.set_ylim(low, high + 0.35 * (high - low))
        named(plane, r"Re $z$ ($1/\tau$)", r"Im $z$ ($1/\tau$)", legend="upper left", fontsize=7)
    return figure
