"""The pictures of units that state their equations: two states of their own, a gate on their rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import EXPONENT, LAG, THEORY, named, networks, panels, symbols, zero
from validation.cases.section import Budget, mapped
from validation.cases.units_networks import STATED_GAIN, gated, network_of, self_coupled
from validation.simulation import Simulation

STRENGTHS = (0.6, 1.2)  # of the self-coupling, of which C is drawn
STEEPNESSES = (0.0, 1.0, 2.0)  # of the gate
_LONGEST = 20.0


def _quick(network: Any) -> Any:
    return dmft.solve_stationary(network, method=dmft.Sampled(paths=64, seed=1))


def _full(network: Any) -> Any:
    return dmft.solve_stationary(network, method=dmft.Sampled(seed=1))


def _quick_exponent(solution: Any) -> Any:
    return dmft.lyapunov_exponent(solution, paths=128)


def states(budget: Budget) -> tuple[dict[float, Any], dict[float, Any], dict[float, Any]]:
    """Return the sampled states by strength of the self-coupling, their exponents, and the states by steepness."""
    strengths = budget.choose(STRENGTHS, (0.3, 0.6, 0.9, 1.2, 1.5))
    asked = [*map(self_coupled, strengths), *map(gated, STEEPNESSES[1:])]
    found = mapped(budget, budget.choose(_quick, _full), asked)
    bistable = dict(zip(strengths, found[: len(strengths)], strict=True))
    exponents = mapped(budget, budget.choose(_quick_exponent, dmft.lyapunov_exponent), list(bistable.values()))
    return (
        bistable,
        dict(zip(strengths, exponents, strict=True)),
        dict(zip(STEEPNESSES[1:], found[len(strengths) :], strict=True)),
    )


def bistable_units(
    found: Mapping[float, Any], exponents: Mapping[float, Any], simulations: Mapping[float, Simulation], size: int
) -> Any:
    """Draw C^phi of units that excite themselves against the lag, and the exponent against the strength."""
    figure, (left, right) = panels(2)
    leaky = dmft.solve_stationary(network_of(dmft.Leaky(), STATED_GAIN))
    _correlation(left, leaky.lags, leaky.corr_phi, 0, "$s$ = 0")
    for index, s in enumerate(STRENGTHS, start=1):
        _correlation(left, found[s].lags, found[s].corr_phi, index, f"$s$ = {s:g}")
    for index, s in enumerate((0.0, *STRENGTHS)):
        _symbols(left, simulations[s], size, index)
    exact = float(dmft.lyapunov_exponent(leaky))
    values = [exact, *map(float, exponents.values())]
    at = [0.0, *exponents]
    right.errorbar(at, values, [0.0, *(e.error for e in exponents.values())], color="black", capsize=1.5, label=THEORY)
    networks(right, list(simulations), simulations.values(), "lyapunov_exponent", size)
    zero(right)
    named(left, LAG, r"$C^\phi(\ell)$", lines=f"theory; symbols N = {size}")
    named(right, "self-coupling $s$", EXPONENT)
    return figure


def gates(found: Mapping[float, Any], simulations: Mapping[float, Simulation], size: int) -> Any:
    """Draw C^phi of gated units against the lag, and the eigenvalues of the Jacobian of a network of each."""
    figure, (left, right) = panels(2)
    leaky = dmft.solve_stationary(network_of(dmft.Leaky(), STATED_GAIN))
    _correlation(left, 2.0 * leaky.lags, leaky.corr_phi, 0, "$a$ = 0")  # half open: all of it at half the speed
    for index, (a, solution) in enumerate(found.items(), start=1):
        _correlation(left, solution.lags, solution.corr_phi, index, f"$a$ = {a:g}")
    for index, simulation in enumerate(simulations.values()):
        _symbols(left, simulation, size, index)
    for index, a in ((2, STEEPNESSES[-1]), (0, 0.0)):
        values = simulations[a].values("jacobian_eigenvalues", size)[0, 0]
        right.plot(values.real, values.imag, ".", color=COLOURS[index], ms=2, label=f"$a$ = {a:g}, N = {size}")
    radius = dmft.jacobian_spectrum(leaky).radius
    turn = np.exp(1j * np.linspace(0.0, 2.0 * np.pi, 361))
    edge = 0.5 * (radius * turn - 1.0)
    right.plot(edge.real, edge.imag, color="black", lw=1.0, label="theory, $a$ = 0")
    zero(right, upright=True)
    for axes in (left, right):  # for the legend
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.35 * (high - low))
    named(left, LAG, r"$C^\phi(\ell)$", lines=f"theory; symbols N = {size}", legend="upper right")
    named(right, r"Re $(1/\tau)$", r"Im $(1/\tau)$", legend="upper left", fontsize=7)
    return figure


def _correlation(axes: Any, lags: Any, values: Any, index: int, label: str) -> None:
    inside = lags <= _LONGEST
    axes.plot(lags[inside], values[inside], color=COLOURS[index], label=label)


def _symbols(axes: Any, simulation: Simulation, size: int, index: int) -> None:
    shown = np.flatnonzero(simulation.lags <= _LONGEST)[::3]
    found = (getattr(simulation, of)("corr_phi", size)[shown] for of in ("mean", "standard_error"))
    symbols(axes, simulation.lags[shown], *found, index=index, ms=3)
