"""The pictures of the section on manifolds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import named, panels, symbols
from validation.cases.responses import response_clouds
from validation.probit import half_load
from validation.simulation import Simulation

RADIUS, CAPACITY = "radius R (centre norms)", r"capacity $\alpha$"


def against_radius(dimensions: tuple[int, ...], drawn: dict[float, list[Simulation]]) -> Any:
    """Return capacities of balls, and the half loads of segments."""
    grid = np.geomspace(0.03, 30.0, 61)
    figure, (axes,) = panels(1, 4.2, 3.1)
    for index, dimension in enumerate(dimensions):
        colour = COLOURS[index % len(COLOURS)]
        solved = [dmft.solve_manifolds(dmft.Ball(float(r), dimension)).capacity for r in grid]
        axes.plot(grid, solved, color=colour, label=f"D = {dimension}")
        point = [dmft.solve_manifolds(dmft.Ball(0.0, 1), margin=float(r) * dimension**0.5).capacity for r in grid]
        axes.plot(grid, (1 + grid**2) * point, color=colour, ls="--", lw=0.8)
        axes.plot(1.0, 2.0 / (dimension + 1), "k.", ms=3)
    halves = {radius: half_load(sims) for radius, sims in drawn.items()}
    symbols(axes, list(halves), [float(h) for h in halves.values()], [h.standard_error for h in halves.values()])
    axes.set_xscale("log")
    axes.set_ylim(0.0, 2.1)
    named(axes, RADIUS, CAPACITY, legend="upper right", lines="theory; symbols: draws")
    return figure


def half_loads(drawn: dict[float, list[Simulation]]) -> Any:
    """Return fractions of separable draws with their fits."""
    figure, (axes,) = panels(1, 4.2, 3.1)
    axes.axvline(1.0, color="0.8", lw=0.7)
    axes.axhline(0.5, color="0.8", lw=0.7)
    for index, (radius, sims) in enumerate(drawn.items()):
        alpha = dmft.solve_manifolds(dmft.Ball(radius, 1)).capacity
        (size,) = sims[0].sizes
        x = [simulation.plan.load / alpha for simulation in sims]
        y = [simulation.mean("separable", size) for simulation in sims]
        errors = [simulation.standard_error("separable", size) for simulation in sims]
        half = half_load(sims)
        symbols(axes, x, y, errors, index=index, label=f"R = {radius:g}", ls=":", lw=0.7)
        axes.errorbar(
            [half / alpha], [0.5], xerr=[half.standard_error / alpha], fmt="|", color=COLOURS[index], capsize=3
        )
    named(axes, r"load over capacity", f"fraction told apart, N = {size}", legend="upper right")
    return figure


def anchors(points: int) -> Any:
    """Return radius and dimension of ellipsoids against their scale, in the conventions in use."""
    radii = np.arange(1, 21) ** -0.5
    scales = np.geomspace(0.05, 20.0, points)
    solved = [dmft.solve_manifolds(dmft.Ellipsoid(tuple(radii * s))) for s in scales]
    figure, (left, right) = panels(2)
    for index, (kind, label) in enumerate((("", "all anchors"), ("gaussian_", "Gaussian"))):
        for axes, name in ((left, f"{kind}radius"), (right, f"{kind}dimension")):
            values = np.array([getattr(s, name) for s in solved])
            values = values / scales if name.endswith("radius") else values
            axes.plot(scales, values, color=COLOURS[index], label=label)
    coded = [s.cosine_dimension for s in solved]
    right.plot(scales, coded, color=COLOURS[0], ls="--", lw=0.9, label="by cosines")
    for axes, y in ((left, "radius over scale"), (right, "dimension")):
        axes.set_xscale("log")
        axes.set_ylim(bottom=0.0)
        named(axes, "scale", y, legend="best")
    return figure


def of_labels(clouds: dmft.Manifolds, drawn: dict[str, Simulation]) -> Any:
    """Return capacities of clouds apart and as they lie, theory beside projections."""
    figure, (axes,) = panels(1, 4.2, 2.8)
    count = len(clouds.manifolds)
    apart = dmft.solve_manifolds(clouds, accuracy=4e-2)
    axes.axhline(apart.capacity, color="0.6", ls="--", lw=0.9, label="orientations at random")
    for place, (word, simulation) in enumerate(drawn.items()):
        solved = dmft.solve_manifolds(clouds, labels=word, accuracy=2e-2)
        words = (None, None) if place else ("theory, as they lie", "random projections")
        axes.plot([place - 0.2, place + 0.2], [solved.capacity] * 2, color="black", label=words[0])
        (size,) = simulation.sizes
        found = simulation.mean("dimension", size) - 0.5
        error = simulation.standard_error("dimension", size)
        symbols(axes, [place], [count / found], [count * error / found**2], label=words[1])
    axes.set_xticks(range(len(drawn)), list(drawn))
    axes.set_xlim(-0.5, len(drawn) - 0.5)
    named(axes, "labels", CAPACITY)
    return figure


def _along(networks: Mapping[float, Any]) -> dict[float, Any]:
    """Return the states that converge, each from its neighbour; next to the transition one or the other does not."""
    found: dict[float, Any] = {}
    init = None
    for place, network in networks.items():
        state = dmft.solve_stationary(network, init=init, max_steps=25, on_failure="ignore")
        init = state if state.convergence.converged else None
        if init is not None:
            found[place] = state
    return found


def from_networks(seed: int, size: int, classes: int, trials: int, duration: float, points: int) -> Any:
    """Return capacity and radius of the responses of a driven random network against the amplitude of its input."""
    network = dmft.RandomNetwork(1.8, drive=dmft.Sinusoid(1.0, 0.2, phases="random"))
    noisy = network.replace(drive=network.drive + dmft.WhiteNoise(0.1))
    figure, (left, right) = panels(2)
    for index, (stated, path, label) in enumerate(
        ((network, "drive.amplitude", "no noise"), (noisy, "drive.drives.0.amplitude", "noise 0.1"))
    ):
        states = _along({float(a): stated.replace(**{path: float(a)}) for a in np.linspace(0.3, 3.0, points)})
        grid, solved = np.array(list(states)), list(states.values())
        known = [dmft.solve_manifolds(dmft.response_manifold(s, trials), accuracy=2e-2) for s in solved]
        left.plot(grid, [k.capacity for k in known], color=COLOURS[index], label=label)
        right.plot(grid, [k.radius for k in known], color=COLOURS[index])
        exponents = np.array([float(dmft.lyapunov_exponent(s)) for s in solved])
        if exponents[0] > 0.0 > exponents[-1]:
            for axes in (left, right):
                axes.axvline(np.interp(0.0, -exponents, grid), color=COLOURS[index], ls=":", lw=0.8)
        shown = (0.6, 1.5, 2.4)
        found = []
        for amplitude in shown:
            of_classes = [
                response_clouds(
                    stated.replace(**{path: amplitude}),
                    size,
                    classes=1,
                    trials=trials,
                    duration=duration,
                    seed=seed + i,
                ).manifolds
                for i in range(classes)
            ]
            found.append(dmft.solve_manifolds(dmft.Manifolds(sum(of_classes, ())), accuracy=5e-2))
        # Errors are between networks, one for each class.
        spread = [np.std(1.0 / f.capacities, ddof=1) / classes**0.5 * f.capacity**2 for f in found]
        symbols(left, shown, [f.capacity for f in found], spread, index=index)
        spread = [np.std(f.radii, ddof=1) / classes**0.5 for f in found]
        symbols(right, shown, [f.radius for f in found], spread, index=index)
    named(left, "amplitude of the input", CAPACITY, legend="upper left", lines="theory; symbols: networks")
    named(right, "amplitude of the input", "radius (centre norms)", legend=None)
    left.set_ylim(0.0, 2.1)
    right.set_ylim(bottom=0.0)
    return figure
