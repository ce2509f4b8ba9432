"""Freezable chaos: the synapses of a moving network are halted, and it comes to rest at a memory of that moment."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import dmft
from validation.cases.drawing import PLASTICITY, named, panels, spread
from validation.cases.section import STEP, Budget, Picture, drawn, mapped, of_networks
from validation.simulators.simulator import Simulator

_BEFORE, _AFTER = 80.0, 100.0


def picture(budget: Budget, gain: float, time_constant: float) -> Picture:
    """Return the figure: overlap with the moment of the halt, and speed, against k."""
    network = dmft.PlasticNetwork(g=gain, k=1.0, p=time_constant)
    settings: dict[str, Any] = budget.choose(
        {"samples": 1800, "max_rank": 450, "noise_seeds": 2, "after": 60.0},
        {"samples": 6000, "noise_seeds": 2, "after": 120.0},
    )
    strengths = budget.choose((0.4, 0.7, 0.85, 1.0, 1.4), (0.4, 0.6, 0.75, 0.9, 1.05, 1.2, 1.4))
    frozen = mapped(budget, partial(_frozen, network, settings), strengths)
    levels = np.array([solution.slope for solution in frozen])
    near = np.argsort(np.abs(levels - 1.0))[:3]
    slope, level = np.polyfit(np.array(strengths)[near], levels[near] - 1.0, 1)
    threshold = budget.choose(-level / slope, None)
    if threshold is None:
        threshold = float(dmft.freezing_threshold(network, samples=4800, noise_seeds=2))
    counts = budget.choose({600: 8}, {500: 12, 1000: 4})
    figure, both = panels(2)
    for axes, name in zip(both, ("overlap", "velocity"), strict=True):
        values, errors = ([getattr(s, key) for s in frozen] for key in (name, f"{name}_error"))
        axes.errorbar(strengths, values, errors, color="black", capsize=1.5, label="theory")
        axes.axvline(threshold, color="0.5", ls="--", lw=0.9)
    spreads = {}
    for index, (size, n_networks) in enumerate(counts.items()):
        runs = of_networks(budget, partial(halted, network, size, strengths), size, n_networks)
        spreads[size] = runs[:, near[0], 2].std(ddof=1) / abs(slope)
        for column, axes in enumerate(both):
            spread(axes, strengths, runs[:, :, column], index=index, label=f"networks, N = {size}")
    for axes, label in zip(both, (r"overlap with $\phi(t_0)$", r"rms of $dx/dt$ ($1/\tau$)"), strict=True):
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        named(axes, PLASTICITY, label, legend=None)
    both[1].legend()
    scatter = ", ".join(f"{spread:.2f} at N = {size}" for size, spread in spreads.items())
    return Picture(
        "plastic-frozen",
        figure,
        f"Synapses halted at t0 (g = {gain:g}, p = {time_constant:g}): overlap of the later rates with those at t0, "
        "and how fast they still move. Above the dashed line, the threshold of the theory, the network comes to rest "
        "at the memory of t0 (freezable chaos). Dots: mean of networks, with its standard error. Finite networks have "
        f"thresholds of their own, scattered about that line (by {scatter}, from the spread of g^2 <phi'^2>): some "
        "come to rest below it and some move on above it, which rounds the transition.",
    )


def halted(
    network: dmft.PlasticNetwork, size: int, strengths: tuple[float, ...], seed: np.random.SeedSequence
) -> list[tuple[float, float, float]]:
    """Return overlap, rms velocity and g^2 <phi'^2> of one network at each strength, as `_halted_at`."""
    return [_halted_at(drawn(network.replace(k=k), size, seed), network.g) for k in strengths]


def _halted_at(simulator: Simulator, gain: float) -> tuple[float, float, float]:
    """Return overlap, rms velocity and g^2 <phi'^2> over the second half of the time after the halt."""
    for _ in range(round(_BEFORE / STEP)):
        simulator.step()
    memory = simulator.rates[:, 0].copy()
    simulator.plastic.halted = True
    n_steps = round(_AFTER / STEP)
    overlaps, squares, slopes = [], [], []
    for step in range(n_steps):
        simulator.step()
        if step >= n_steps // 2 and step % 5 == 0:
            rates = simulator.rates[:, 0]
            overlaps.append(rates @ memory / np.sqrt((rates @ rates) * (memory @ memory)))
            squares.append(np.mean(simulator.velocity**2))
            slopes.append(gain**2 * np.mean(simulator.slope**2))
    return float(np.mean(overlaps)), float(np.sqrt(np.mean(squares))), float(np.mean(slopes))


def _frozen(network: dmft.PlasticNetwork, settings: dict[str, Any], k: float) -> Any:
    # The march makes its own plastic epoch; the solution only says that there is motion to halt.
    plastic = dmft.solve_plastic(
        network.replace(k=k), samples=16, noise_seeds=2, window=102.4, rtol=1e-3, on_failure="ignore"
    )
    return dmft.solve_frozen(plastic, on_failure="ignore", **settings)
