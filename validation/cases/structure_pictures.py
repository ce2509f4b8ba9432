"""The pictures of networks with structure: theory as lines, networks as symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import EXPONENT, LAG, THEORY, named, panels, symbols, zero
from validation.cases.structure_networks import CALM, EXCITED, excited_group, low_rank
from validation.simulation import Simulation

_TURN = [[2.5, -1.5], [1.5, 2.5]]
_FIRST = 1.02  # outlier at which lines begin


def between_populations(solution: Any, simulation: Simulation) -> Any:
    """Draw the covariances of x and C^phi of each population against the lag."""
    size, lags = simulation.sizes[-1], np.linspace(0.0, 20.0, 201)
    figure, (left, right) = panels(2)
    means = simulation.values("mean_x", size)[..., None]
    networks = {"x": simulation.values("corr_x", size) - means**2, "phi": simulation.values("corr_phi", size)}
    theory = {"x": solution.cov_x_at(lags), "phi": solution.corr_phi_at(lags)}
    for axes, of, label in ((left, "x", r"$c_a(\ell)$"), (right, "phi", r"$C^\phi_a(\ell)$")):
        for index, name in enumerate(simulation.coordinates["population"]):
            axes.plot(lags, theory[of][index], color=COLOURS[index])
            values = networks[of][:, index]
            errors = values.std(axis=0, ddof=1) / np.sqrt(len(values))
            at = slice(None, None, 2)
            symbols(
                axes,
                simulation.lags[at],
                values.mean(axis=0)[at],
                errors[at],
                index=index,
                ms=3.5,
                label=f"population {name}",
            )
        zero(axes)
        axes.set_xlim(-0.4, 20.2)
        named(axes, LAG, label, lines=THEORY)
    return figure


def swinging(solution: Any, simulation: Simulation, size: int) -> Any:
    """Draw mean and variance of each population over a period of its drive."""
    figure, axes = panels(2)
    times = np.append(solution.times, solution.period)
    for ax, name, label in zip(axes, ("mean", "variance"), (r"mean of $x$", r"variance of $x$"), strict=True):
        theory = getattr(solution, {"mean": "mean_x", "variance": "variance"}[name])
        for index, population in enumerate(simulation.coordinates["population"]):
            ax.plot(times, np.append(theory[index], theory[index, 0]), color=COLOURS[index])
            found = (getattr(simulation, of)(f"period_{name}", size)[index] for of in ("mean", "standard_error"))
            symbols(ax, simulation.coordinates["phase"], *found, index=index, ms=3.5, label=f"population {population}")
        zero(ax)
        named(ax, r"time in the period ($\tau$)", label, legend="best" if name == "mean" else None, lines=THEORY)
    return figure


def excitable_group(groups: Mapping[float, Simulation], size: int) -> Any:
    """Draw the line of instability of rest, and the exponent along a cut."""
    figure, (left, right) = panels(2)
    parts = np.linspace(0.02, 0.98, 97)
    # rho(g_a^2 g_b^2 f_b) = sum_b g_b^4 f_b for gains g_a g_b.
    gains = ((1.0 - (1.0 - parts) * CALM**4) / parts) ** 0.25
    left.plot(parts, gains, color="black")
    left.fill_between(parts, gains, 2.5, color=COLOURS[0], alpha=0.15, lw=0)
    left.axhline(EXCITED, color="black", ls="--", lw=0.8)
    left.text(0.55, 2.0, "chaos")
    left.text(0.05, 1.0, "rest")
    left.set_ylim(0.9, 2.5)
    left.set_xlim(0.0, 1.0)
    named(left, "part of the excitable group $f$", "its gain $g_1$", legend=None)
    onset = (1.0 - CALM**4) / (EXCITED**4 - CALM**4)
    at = np.linspace(0.0, 0.95, 39)[1:]
    exponents = [float(dmft.lyapunov_exponent(dmft.solve_stationary(excited_group(float(f))))) for f in at]
    right.plot(at, exponents, color="black")
    right.axvline(onset, color="0.6", ls=":", lw=0.8)
    values = [s.mean("lyapunov_exponent", size) for s in groups.values()]
    errors = [s.standard_error("lyapunov_exponent", size) for s in groups.values()]
    symbols(right, list(groups), values, errors, label=f"N = {size}")
    zero(right)
    right.set_xlim(0.0, 1.0)
    named(right, "part of the excitable group $f$", EXPONENT, legend="lower right", lines=THEORY)
    return figure


def structured(
    lines: Mapping[float, Sequence[Simulation]],
    size: int,
    of: Callable[[float, float], Any] = low_rank,
    points: int = 45,
) -> Any:
    """Draw |kappa|, c0 and c_inf against the outlier, for a static and a chaotic network `of` gain and overlap; of
    populations those of the first. |kappa| rises like a root: outliers are graded away from the onset."""
    figure, axes = panels(len(lines), sharex=False)
    for panel, (g, simulations) in zip(axes, lines.items(), strict=True):
        measured = np.concatenate([s.values("outlier", size) for s in simulations])
        alone, end = dmft.solve_stationary(of(g, 0.5)), max(3.2, float(measured.max()) * 1.03)
        onset = 1.0 / float(alone.blocks.fractions @ np.atleast_1d(alone.mean_slope))
        outliers, states = np.array([_FIRST, onset]), [alone, alone]  # below the onset kappa = 0, and at it
        beyond = onset + (end - onset) * np.linspace(0.0, 1.0, points)[1:] ** 1.6
        outliers, states = outliers[outliers <= onset], states[int(onset < _FIRST) :]
        outliers = np.concatenate([outliers, beyond])
        states += [dmft.solve_stationary(of(g, float(outlier))) for outlier in beyond]
        words = {r"$|\kappa|$": "kappa", r"$c_0$": "variance", r"$c_\infty$": "static_variance"}
        networks = {
            label: np.concatenate([_first(s.values(word, size)) for s in simulations]) for label, word in words.items()
        }
        theory = {label: [float(np.atleast_1d(getattr(s, word))[0]) for s in states] for label, word in words.items()}
        for index, label in enumerate(networks):
            panel.plot(outliers, theory[label], color=COLOURS[index], ls="--" if index == 2 else "-")
            symbols(panel, measured, networks[label], index=index, label=label, ms=3.5)
        panel.set_title(f"g = {g:g}")
        panel.set_xlim(_FIRST, end)
        panel.set_ylim(bottom=-0.1)
        named(panel, r"outlier $\lambda$ of the couplings", "", lines=THEORY)
    return figure


def _first(values: Any) -> Any:
    """Return values of networks, of their first population."""
    return values.reshape(len(values), -1)[:, 0]


def rotation(simulations: Sequence[Simulation], size: int) -> Any:
    """Draw the frequency and |kappa| of the rotating state against the random strength."""
    figure, (left, right) = panels(2)
    gains = np.linspace(0.05, 2.2, 44)
    states = [dmft.solve_stationary(low_rank(float(g), _TURN)) for g in gains]
    left.plot(gains, [s.frequency for s in states], color="black")
    right.plot(gains, [s.kappa for s in states], color="black")
    for simulation in simulations:
        network: Any = simulation.network
        g = network.couplings.random.g
        real, imaginary = simulation.values("outlier", size), simulation.values("outlier_imaginary", size)
        own = [[[a, -b], [b, a]] for a, b in zip(real.tolist(), imaginary.tolist(), strict=True)]
        theory = [dmft.solve_stationary(low_rank(g, overlap)) for overlap in own]
        for axes, name in ((left, "frequency"), (right, "kappa")):
            values = simulation.values(name, size)
            at = np.full(len(values), g) + 0.03 * (np.arange(len(values)) - 0.5 * (len(values) - 1)) * 4 / len(values)
            symbols(axes, at, values, label=f"N = {size}" if simulation is simulations[0] else None, ms=4)
            axes.plot(
                at,
                [getattr(s, name) for s in theory],
                "x",
                color=COLOURS[1],
                ms=4,
                label="theory at its outlier" if simulation is simulations[0] else None,
            )
    left.set_ylim(0.0, 0.14)
    right.set_ylim(bottom=0.0)
    named(left, "random strength $g$", r"frequency ($1/\tau$)", legend="lower left")
    named(right, "random strength $g$", r"$|\kappa|$", legend="lower left")
    return figure


def finite_in_degrees(networks: Mapping[str, Sequence[Simulation]]) -> Any:
    """Draw K (c0(K)/c0 - 1) of four ensembles against 1/K, and the limits of the theory."""
    figure, (axes,) = panels(1, 4.6, 3.2)
    for index, (name, simulations) in enumerate(networks.items()):
        solutions = [dmft.solve_stationary(s.network) for s in simulations]
        limit = float(dmft.in_degree_correction(solutions[0]))
        stated: list[Any] = [s.network for s in simulations]
        degrees = np.array([network.couplings.synapses.in_degree for network in stated])
        size = simulations[0].sizes[-1]
        parts = [s.values("variance", size) / solutions[0].variance - 1.0 for s in simulations]
        values = degrees * [part.mean() for part in parts]
        errors = degrees * [part.std(ddof=1) / np.sqrt(len(part)) for part in parts]
        axes.axhline(limit, color=COLOURS[index], ls="--", lw=0.9)
        axes.plot(0.0, limit, "_", color=COLOURS[index], ms=12)
        symbols(axes, 1.0 / degrees, values, errors, index=index, label=name)
    axes.set_xlim(-0.005, 0.18)
    axes.set_ylim(-0.7, 0.45)
    named(axes, "$1/K$", "$K\\,(c_0(K)/c_0 - 1)$", legend="upper center", fontsize=7, ncol=2)
    return figure
