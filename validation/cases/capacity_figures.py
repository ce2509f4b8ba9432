"""The pictures of the section on capacity."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import named, panels, symbols
from validation.ensemble import realization_seed, root_seed
from validation.perceptrons.memory import memory_network
from validation.perceptrons.patterns import count_of, draw
from validation.perceptrons.programs import largest_output_margin
from validation.simulation import Simulation

_SIDES: tuple[Literal["output", "input"], ...] = ("output", "input")
FRACTION, LOAD = "fraction of excitatory inputs $f_E$", r"load $\alpha$"


def by_fraction(perceptron: Any, simulations: dict[float, Simulation]) -> Any:
    """Return capacities against the fraction of excitatory inputs."""
    grid = np.linspace(0.0, 1.0, 101)
    size = next(iter(simulations.values())).sizes[0]
    solved = [dmft.solve_capacity(perceptron.replace(excitatory=float(f))) for f in grid]
    sized = [dmft.solve_capacity(perceptron.replace(excitatory=float(f)), size=size).capacity for f in grid[1:]]
    figure, (axes,) = panels(1, 4.0, 3.0)
    axes.axvline(solved[1].optimal_excitatory, color="0.7", ls=":", lw=1.0)
    axes.plot(grid, [s.capacity for s in solved], color="black", label=r"$\alpha_c$")
    axes.plot(grid, [s.balanced_capacity for s in solved], color=COLOURS[1], ls="-.", label=r"balanced, $\alpha_b$")
    axes.plot(grid[1:], sized, color="black", ls="--", lw=0.9, label=rf"$\alpha_c$, form of N = {size}")
    _numbers(axes, simulations, "capacity", size, label=f"drawn patterns, N = {size}")
    axes.set_ylim(0.0, 1.3 * max(s.capacity for s in solved))
    named(axes, FRACTION, "capacity (patterns per input)", legend="lower center")
    return figure


def against_load(perceptron: Any, simulations: dict[float, Simulation]) -> Any:
    """Return both margins against the load."""
    top, size, grid = _loads(perceptron, simulations)
    figure, (left, right) = panels(2)
    left.axvline(top.balanced_capacity, color="0.7", ls=":", lw=1.0)
    for axes, to in zip((left, right), _SIDES, strict=True):
        limit = [dmft.solve_robustness(perceptron, float(a), to=to).margin for a in grid]
        sized = [dmft.solve_robustness(perceptron, float(a), to=to, size=size).margin for a in grid]
        axes.plot(grid, limit, color="black", label="large N")
        axes.plot(grid, sized, color="black", ls="--", lw=0.9, label=f"form of N = {size}")
        _numbers(axes, simulations, f"{to}_margin", size, label=f"drawn patterns, N = {size}")
        axes.set_yscale("log")
        axes.set_ylim(2e-3, 10.0)
    named(left, LOAD, r"margin to output noise $\kappa_{out}$", legend="lower left")
    named(right, LOAD, r"margin to input noise $\kappa_{in}$", legend=None)
    return figure


def norms(perceptron: Any, simulations: dict[float, Simulation]) -> Any:
    """Return norm and imbalance of both solutions against the load."""
    _, size, grid = _loads(perceptron, simulations)
    figure, (left, right) = panels(2)
    for index, to in enumerate(_SIDES):
        sized = [dmft.solve_robustness(perceptron, float(a), to=to, size=size) for a in grid]
        left.plot(grid, [s.weight_norm for s in sized], color=COLOURS[index], label=f"to {to} noise")
        right.plot(grid, [s.imbalance for s in sized], color=COLOURS[index], label=f"to {to} noise")
        _numbers(left, simulations, f"{to}_norm", size, index=index)
        _numbers(right, simulations, f"{to}_imbalance", size, index=index)
    left.set_ylim(0.0, 1.25)
    right.set_ylim(bottom=min(0.0, right.get_ylim()[0]))
    named(left, LOAD, r"norm $|w|$", legend="lower left", lines=f"theory; symbols N = {size}")
    named(right, LOAD, "imbalance", legend=None)
    return figure


def weights(perceptron: Any, n_draws: int, seed: int) -> Any:
    """Return the distribution of the weights, theory and draws of N = 200 at load 0.25."""
    size, load = 200, 0.25
    solved = dmft.solve_robustness(perceptron, load, to="output", size=size)
    found = {1.0: [], -1.0: []}  # type: dict[float, list[Any]]
    for i in range(n_draws):
        generator = realization_seed(root_seed(seed), size, i).generators(1)[0]
        drawn = draw(perceptron, size, count_of(load, size), generator)
        w = largest_output_margin(drawn, perceptron.norm_bound)[1]
        for sign, rows in found.items():
            rows.append(math.sqrt(size) * w[drawn.signs == sign] / np.linalg.norm(w))
    figure, (axes, right) = panels(2, width_ratios=[1.5, 1.0])
    edges = np.linspace(0.0, 6.0, 19)
    for (sign, rows), row, name, colour in zip(
        found.items(), solved.density, ("excitatory", "inhibitory"), COLOURS[1::-1], strict=True
    ):
        v = np.abs(np.concatenate(rows))
        counts = np.histogram(v[v > 1e-3], edges)[0] / len(v) / np.diff(edges)
        bars = edges[:-1] + np.diff(edges) / 2.0
        axes.bar(sign * bars, counts, width=np.diff(edges), color=colour, alpha=0.35, lw=0)
        axes.plot(solved.v[row > 0.0], row[row > 0.0], color=colour, label=name)
        place = 0 if sign > 0 else 1
        right.bar(place, float(np.mean(v <= 1e-3)), width=0.6, color=colour, alpha=0.35, lw=0)
        right.plot([place - 0.4, place + 0.4], [solved.silent[place]] * 2, color=colour)
    axes.set_xlim(-6.0, 6.0)
    right.set_xticks([0, 1], ["excitatory", "inhibitory"])
    right.set_ylim(0.0, 1.0)
    named(axes, r"weight $\sqrt{N}\,w_i/|w|$, not zero", "density", lines=f"theory; bars N = {size}")
    named(right, "", "fraction of weights at zero")
    return figure


def memory(perceptron: Any, size: int, n_networks: int, seed: int) -> Any:
    """Return how well networks remember, against output noise and distortion."""
    inhibitory = perceptron.replace(positive=perceptron.means[1])
    noises, parts = np.linspace(0.0, 0.3, 9), np.linspace(0.0, 0.5, 9)
    figure, (left, right) = panels(2)
    for index, to in enumerate(_SIDES):
        nets = [
            memory_network(perceptron, inhibitory, size, 0.25, robust_to=to, seed=seed + i) for i in range(n_networks)
        ]
        noisy = [[net.recall(output_noise=float(s), seed=seed).recalled for s in noises] for net in nets]
        distorted = [[net.recall(distortion=float(d), seed=seed).recalled for d in parts] for net in nets]
        for axes, x, values in ((left, noises, noisy), (right, parts, distorted)):
            symbols(axes, x, np.mean(values, axis=0), index=index, label=f"to {to} noise", ls="-", lw=0.8)
            axes.set_ylim(-0.03, 1.05)
    named(left, "output noise (thresholds)", "fraction of patterns held")
    named(right, "part of the neurons redrawn", "fraction of patterns recalled", legend=None)
    return figure


def _loads(perceptron: Any, simulations: dict[float, Simulation]) -> tuple[Any, int, Any]:
    """Return the capacity, the size that was simulated, and loads up to the capacity."""
    top = dmft.solve_capacity(perceptron)
    size = next(iter(simulations.values())).sizes[0]
    return top, size, np.linspace(0.05, top.capacity * (1 - 1e-3), 90)


def _numbers(axes: Any, simulations: dict[float, Simulation], name: str, size: int, **look: Any) -> None:
    """Draw means over the draws that have a finite number, with their standard errors."""
    values = {x: s.values(name, size) for x, s in simulations.items()}
    finite = {x: v[np.isfinite(v)] for x, v in values.items()}
    shown = {x: v for x, v in finite.items() if len(v) > len(values[x]) / 2}
    errors = [v.std(ddof=1) / math.sqrt(len(v)) for v in shown.values()]
    symbols(axes, list(shown), [v.mean() for v in shown.values()], errors, **look)
