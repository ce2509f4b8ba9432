"""Balanced networks driven by a common or an independent sinusoid: chaos, and the amplitude at which input ends it.

What separates the exponent of a network from the theory (g = 2, f = 0.2, K = 4000; differences in 1/tau):
* its size. Chaotic, common a = 0.4: -0.037(8), -0.013(4), -0.005(2) for N = 1000, 2000, 4000; independent I1 = 1:
  -0.036(6), -0.013(4), -0.003(1). That is about -30/N. Single networks of N = 1000 scatter by 0.03, those of 4000 by
  0.005 to 0.02, however long they run: the same couplings at all amplitudes would make all dots lie off to one side.
* on the locked side also the time that the tangent vector had: N = 1000, common a = 1.2: -0.034(7), -0.024(7) after a
  burn-in of 40, 160; independent I1 = 6: -0.017(7), -0.009(6).
* not the time step: half of it changes the exponent by +0.003(9) (chaotic) and -0.0016(5) (locked, same networks).
* not the burn-in on the chaotic side: +0.040(6) after 40, +0.036(7) after 160 at a = 0.4, N = 1000.
"""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

import dmft
from dmft.observables.driven_lyapunov import lyapunov_exponent
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section, mapped
from validation.comparison import Comparison, Row, compare
from validation.estimators.period import OverPeriod
from validation.quantities import theory_numbers
from validation.simulation import Simulation

GAIN = 2.0
FREQUENCY = 0.2
PERIOD = 5.0


def run(budget: Budget) -> Content:
    """Compare exponents, means and covariances with networks, and draw the resonance and the growth with size."""
    size = budget.choose(2000, 4000)
    locked, periodic, driven = _begin_locked(budget), _begin_periodic(budget), _begin_driven(budget, size)
    critical = _critical(budget)
    comparisons: dict[str, Comparison] = {}
    comparisons["independent input, locked"], comparisons["independent input, exponent"] = _locked(locked)
    comparisons["common input, over a period"], *over_period = _over_period(periodic)
    with paper_style():
        exponents, remark = _exponents(budget, size, driven)
        pictures = (
            Picture(
                "balanced-exponent",
                exponents,
                f"Largest exponent against the amplitude of a sinusoid (f = {FREQUENCY}). Lines: theory. Circles: "
                f"networks with N = K = {size}, mean and standard error. Finite networks lie below the theory, on the "
                "chaotic side by about 30/N. Diamonds: large-N estimate from N/2 and N at the same K; thin bars: its "
                "error and the bound on its bias.",
            ),
            Picture(
                "balanced-period",
                _period_figure(*over_period),
                "Mean, variance and covariance of h over a period of a common sinusoid of amplitude 0.6 sqrt(K), "
                "K = 1000. Lines: theory. Dots: networks, the largest, with standard errors.",
            ),
            Picture(
                "balanced-critical",
                _critical_figure(critical),
                "Amplitude at which input suppresses chaos against its frequency (left, K = 5000) and the scale K "
                "(right). Both kinds of input have a best frequency: the common one a shallow minimum near 0.3, the "
                "independent one near 0.1.",
            ),
        )
    return Content(comparisons, pictures, (remark,))


def _network(size: float, drive: Any = None) -> dmft.BalancedNetwork:
    return dmft.BalancedNetwork(GAIN, size, drive=drive)


Begun: TypeAlias = tuple[dmft.BalancedNetwork, "Future[Simulation]"]


def _begin_locked(budget: Budget) -> Begun:
    """Stable side, independent input: at a fixed K, networks of several N extrapolate to the theory."""
    network = _network(1000, dmft.Sinusoid(10.0, FREQUENCY, "random"))
    return network, budget.start(
        network,
        budget.choose({500: 32, 1000: 20}, {500: 96, 1000: 64, 2000: 32}),
        duration=budget.choose(20.0, 40.0),
        burn_in=budget.choose(40.0, 120.0),
        measure=("correlation", "lyapunov"),
    )


def _locked(begun: Begun) -> tuple[Comparison, Comparison]:
    network, running = begun
    theory, simulation = dmft.solve_stationary(network), running.result()
    numbers = theory_numbers(theory, simulation)
    exponent = {"lyapunov_exponent": numbers.pop("lyapunov_exponent")}
    return compare(numbers, simulation, tolerance=TOLERANCE), compare(exponent, simulation, tolerance=TOLERANCE)


def _begin_periodic(budget: Budget) -> Begun:
    """Chaotic side, common input: averages over the period, and at its times."""
    network = _network(1000, dmft.Sinusoid(0.6 * math.sqrt(1000.0), FREQUENCY))
    return network, budget.start(
        network,
        budget.choose({1000: 48}, {500: 128, 1000: 96, 2000: 32}),
        duration=budget.choose(60.0, 80.0),
        burn_in=40.0,
        measure=("correlation", OverPeriod(PERIOD, max_lag=3 * PERIOD)),
        initial_states=4,
    )


def _over_period(begun: Begun) -> tuple[Comparison, Any, Simulation]:
    network, running = begun
    solution, simulation = (
        dmft.solve_nonstationary(network, 150.0, method=dmft.TwoTimeMarch(dt=0.05, window=50.0)),
        running.result(),
    )
    return compare(solution, simulation, tolerance=TOLERANCE), solution, simulation


def _period_figure(solution: Any, simulation: Simulation) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 2.5))
    axes = figure.subplots(1, 3)
    rows = solution.last_period()
    size = simulation.sizes[-1]
    coordinates = simulation.coordinates
    times = solution.times[rows] - solution.times[rows][0]
    curves = {"mean": solution.mean_x[rows], "variance": solution.variance[rows]}
    for panel, (name, curve) in zip(axes[:2], curves.items(), strict=True):
        panel.plot(times, curve, color="black")
        panel.errorbar(
            coordinates["phase"],
            simulation.mean(f"period_{name}", size),
            simulation.standard_error(f"period_{name}", size),
            fmt="o",
            ms=3.5,
            mfc="white",
            color=COLOURS[0],
        )
        panel.set_xlabel(r"time in the period ($\tau$)")
        panel.set_ylabel(f"{name} of h")
    for index, phase in enumerate((0, 5)):
        row = rows.start + 10 * phase
        axes[2].plot(solution.lags, solution.band[row], color=COLOURS[index])
        axes[2].errorbar(
            coordinates["period_lag"],
            simulation.mean("period_covariance", size)[phase],
            simulation.standard_error("period_covariance", size)[phase],
            fmt=MARKERS[index],
            ms=3.0,
            mfc="white",
            color=COLOURS[index],
            label=f"t = {0.5 * phase:g}",
        )
    axes[2].set_xlim(-0.3, 3 * PERIOD + 0.3)
    axes[2].set_xlabel(r"lag ($\tau$)")
    axes[2].set_ylabel("cov(h(t), h(t - lag))")
    low, high = axes[2].get_ylim()
    axes[2].set_ylim(low, high + 0.15 * (high - low))  # room for the legend
    axes[2].legend(ncols=2, loc="upper center")
    return figure


def _theory(drives: list[dmft.Sinusoid], size: float) -> list[float]:
    values = []
    before: Any = None
    for drive in drives:
        network = _network(size, drive)
        if drive.phases == "random":
            before = dmft.solve_stationary(network, init=before)
        else:
            before = dmft.solve_periodic(network, init=before)
        values.append(float(lyapunov_exponent(before)))
    return values


# Amplitudes with networks beside the theory: over sqrt(K) of a common input, of an independent one.
_DOTS = {"common": ((0.3, 1.5), (0.3, 0.6, 1.2, 1.5)), "random": ((1.0, 10.0), (1.0, 2.5, 6.0, 12.0))}


def _begin_driven(budget: Budget, size: int) -> dict[str, list[Future[Simulation]]]:
    """Begin the networks of the dots: couplings of their own for each, so that deviations do not come again."""
    root = math.sqrt(size)
    running: dict[str, list[Future[Simulation]]] = {}
    for phases, unit in (("common", root), ("random", 1.0)):
        index = len(running) * len(_DOTS[phases][0 if budget.quick else 1])
        running[phases] = [
            _driven_networks(replace(budget, seed=budget.seed + 1 + index + i), size, drive, chaotic)
            for i, (drive, chaotic) in enumerate(_dots(budget, phases, unit))
        ]
    return running


def _dots(budget: Budget, phases: str, unit: float) -> list[tuple[dmft.Sinusoid, bool]]:
    """Return the drives with networks beside the theory, and whether they leave the network chaotic."""
    end = {"common": 0.9, "random": 4.0}[phases]  # the critical amplitude is near
    dots = _DOTS[phases][0 if budget.quick else 1]
    return [(dmft.Sinusoid(unit * a, FREQUENCY, phases), a < end) for a in dots]


def _driven_networks(budget: Budget, size: int, drive: dmft.Sinusoid, chaotic: bool) -> Future[Simulation]:
    """Begin networks of N/2 and N at the same K, so that they extrapolate to the theory's line.

    Chaotic ones fluctuate in time: several states of each. In locked ones all states are the same, and a tangent vector
    aligns slowly: kernels spread like T^(-1/2), which lowers the exponent by log(1 + D/T)/(4 D) over a duration D after
    a burn-in T.
    """
    counts = budget.choose((6, 3), (6, 4)) if chaotic else budget.choose((8, 4), (16, 10))
    return budget.start(
        _network(size, drive),
        dict(zip((size // 2, size), counts, strict=True)),
        duration=budget.choose(40.0, 80.0) if chaotic else budget.choose(20.0, 40.0),
        burn_in=budget.choose(20.0, 40.0) if chaotic else budget.choose(40.0, 120.0),
        measure=("lyapunov",),
        initial_states=budget.choose(2, 8) if chaotic else 1,
    )


def _exponents(budget: Budget, size: int, driven: dict[str, list[Future[Simulation]]]) -> tuple[Any, str]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 2.9))
    panels = figure.subplots(1, 2, sharey=True)
    root = math.sqrt(size)
    kinds = (("common", root * 1.6, r"$I_1/\sqrt{K}$", root), ("random", 15.2, r"$I_1$", 1.0))
    found: list[Row] = []
    for axes, (phases, largest, label, unit), colour in zip(panels, kinds, COLOURS, strict=False):
        # no amplitude of the grid lies within a thousandth of the critical one, where states merge
        grid = largest * (np.arange(budget.choose(12, 30)) + 0.37) / budget.choose(12, 30)
        theory = _theory([dmft.Sinusoid(a, FREQUENCY, phases) for a in grid], size)
        axes.axhline(0.0, color="0.8", lw=0.7)
        axes.plot(grid / unit, theory, color=colour, label="theory")
        drives = [drive for drive, _ in _dots(budget, phases, unit)]
        dots = np.array([drive.amplitude for drive in drives])
        expected = _theory(drives, size)
        runs = [begun.result() for begun in driven[phases]]
        axes.errorbar(
            dots / unit,
            [s.mean("lyapunov_exponent", size) for s in runs],
            [s.standard_error("lyapunov_exponent", size) for s in runs],
            fmt="o",
            mfc="white",
            color=colour,
            capsize=1.5,
            label=f"networks, N = {size}",
        )
        rows = [
            compare({"lyapunov_exponent": e}, s, tolerance=TOLERANCE).rows[0]
            for s, e in zip(runs, expected, strict=True)
        ]
        limits = [row.estimate.value for row in rows]
        axes.errorbar(
            dots / unit, limits, [row.error + row.bias_bound for row in rows], fmt="none", color=COLOURS[3], lw=0.6
        )
        axes.errorbar(
            dots / unit,
            limits,
            [row.error for row in rows],
            fmt="D",
            ms=3.5,
            color=COLOURS[3],
            capsize=1.5,
            label="large N",
        )
        found += rows
        axes.set_xlabel(f"amplitude {label}")
        axes.set_title(f"{'common' if phases == 'common' else 'independent'} input")
        axes.legend()
    panels[0].set_ylabel(r"largest exponent $\lambda$ ($1/\tau$)")
    return figure, _remark(size, found)


def _remark(size: int, rows: list[Row]) -> str:
    each = ", ".join(f"{row.estimate.value - row.theory:+.3f}({row.error:.3f}; {row.bias_bound:.3f})" for row in rows)
    return (
        f"Largest exponents of networks of N = {size // 2} and {size}, large-N estimate less the theory in 1/tau (its "
        f"error; bound on its bias): {each}."
    )


def _critical_amplitude(network: dmft.BalancedNetwork) -> float:
    return float(dmft.critical_amplitude(network, rtol=1e-3))


def _critical(budget: Budget) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
    """Return frequencies, sizes, and the critical amplitudes at each of them for both kinds of input."""
    frequencies = np.geomspace(budget.choose(0.1, 0.06), 2.0, budget.choose(5, 16))
    sizes = np.geomspace(100, 1e5, budget.choose(4, 8))
    asked = [
        network
        for phases in ("common", "random")
        for network in (
            *(_network(5000, dmft.Sinusoid(1.0, float(f), phases)) for f in frequencies),
            *(_network(float(k), dmft.Sinusoid(1.0, FREQUENCY, phases)) for k in sizes),
        )
    ]
    found = np.array(mapped(budget, _critical_amplitude, asked)).reshape(2, -1)
    at_frequency, at_size = np.split(found, [len(frequencies)], axis=1)
    names = ("common", "independent")
    return (
        frequencies,
        sizes,
        dict(zip(names, at_frequency, strict=True)),
        dict(zip(names, at_size, strict=True)),
    )


def _critical_figure(critical: tuple[Any, Any, dict[str, Any], dict[str, Any]]) -> Any:
    from matplotlib.figure import Figure

    frequencies, sizes, at_frequency, at_size = critical
    figure = Figure(figsize=(7.0, 2.9))
    left, right = figure.subplots(1, 2)
    for name, colour in zip(at_frequency, COLOURS, strict=False):
        left.loglog(frequencies, at_frequency[name], color=colour, label=name)
        right.loglog(sizes, at_size[name], MARKERS[0], ls="-", color=colour, label=name)
    left.axhline(dmft.quasi_static_amplitude(_network(5000)), color="0.6", ls=":", label="common, quasi-static")
    right.loglog(sizes, 0.9025 * np.sqrt(sizes), color="0.6", ls=":", label=r"$0.9025\sqrt{K}$")
    left.set_xlabel(r"frequency f ($1/\tau$)")
    right.set_xlabel("balance scale K")
    for axes in (left, right):
        axes.set_ylabel("critical amplitude")
        axes.legend()
    return figure


section = Section(
    key="balanced",
    title="Balanced network with a common or an independent sinusoid",
    text=(
        "dh/dt = -h + J max(0, h) + sqrt(K) I0 + I(t), J_ij = -J0 sqrt(K)/N + g z_ij/sqrt(N). Theory in two times: "
        "Engelken, Ingrosso, Khajeh, Goedeke & Abbott (2022). A common input is cancelled by the balance and must grow "
        "as sqrt(K) to suppress chaos; an independent one acts at order one."
    ),
    run=run,
)
