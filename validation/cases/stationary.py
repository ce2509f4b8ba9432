"""The classic random network: correlation functions, exponent and Jacobian of the chaotic state."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.section import Budget, Content, Picture, Section
from validation.comparison import Comparison, compare
from validation.quantities import theory_numbers
from validation.simulation import Simulation

GAINS = (1.5, 2.0, 3.0)


def run(budget: Budget) -> Content:
    """Compare the stationary theory with networks at three gains, and draw the three classic pictures."""
    counts = budget.choose({500: 40, 1000: 24, 2000: 8}, {1000: 64, 2000: 32, 4000: 12})
    comparisons: dict[str, Comparison] = {}
    solutions, simulations = {}, {}
    for g in GAINS:
        network = dmft.RandomNetwork(g=g)
        solutions[g] = dmft.solve_stationary(network)
        simulations[g] = budget.networks(
            network,
            counts,
            duration=budget.choose(60.0, 200.0),
            # Near the onset the slow modes of a finite network need longer to settle.
            burn_in=80.0 if g < 2 else 40.0,
            measure=("correlation", "lyapunov"),
        )
        # The exponent of finite networks is low by up to a tenth (150/N): its comparison can see less.
        numbers = theory_numbers(solutions[g], simulations[g])
        exponent = {"lyapunov_exponent": numbers.pop("lyapunov_exponent")}
        comparisons[f"g = {g:g}"] = compare(numbers, simulations[g], tolerance=0.1)
        comparisons[f"g = {g:g}, exponent"] = compare(exponent, simulations[g], tolerance=budget.choose(0.4, 0.2))
    size = max(counts)
    with paper_style():
        pictures = (
            Picture(
                "stationary-correlation",
                _correlations(solutions, simulations),
                "Correlation functions of the chaotic state: theory (lines) and networks "
                f"(N = {size}, mean and standard error over realizations).",
            ),
            Picture(
                "stationary-exponent",
                _exponents(simulations, budget),
                "Largest Lyapunov exponent against the gain. Networks approach the theory (line) from below as 1/N; "
                "filled: extrapolated to large N.",
            ),
            Picture(
                "stationary-jacobian",
                _eigenvalues(budget),
                "Left: Jacobian eigenvalues of one network in its chaotic state on the predicted disc. Right: fraction "
                "of eigenvalues within a distance r of -1, theory and the mean over states.",
            ),
        )
    return Content(comparisons, pictures)


def _correlations(solutions: dict[float, Any], simulations: dict[float, Simulation]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 2.9))
    left, right = figure.subplots(1, 2)
    for (g, solution), colour, marker in zip(solutions.items(), COLOURS, MARKERS, strict=False):
        simulation = simulations[g]
        size = simulation.sizes[-1]
        lags = np.linspace(0.0, 20.0, 401)
        for axes, name in ((left, "corr_x"), (right, "corr_phi")):
            axes.plot(lags, getattr(solution, f"{name}_at")(lags), color=colour)
            axes.errorbar(
                simulation.lags[::2],
                simulation.mean(name, size)[::2],
                simulation.standard_error(name, size)[::2],
                fmt=marker,
                mfc="white",
                color=colour,
                capsize=1.5,
                elinewidth=0.8,
                label=f"g = {g:g}",
            )
    left.set_ylabel(r"$C^x(\ell)$")
    right.set_ylabel(r"$C^\phi(\ell)$")
    for axes in (left, right):
        axes.set_xlabel(r"lag $\ell$ ($\tau$)")
        axes.set_xlim(-0.4, 20.2)
        axes.set_ylim(bottom=0.0)
    right.legend(title="dots: networks")
    return figure


def _exponents(simulations: dict[float, Simulation], budget: Budget) -> Any:
    from matplotlib.figure import Figure

    from validation.finite_size import extrapolate

    figure = Figure(figsize=(3.9, 3.0))
    axes = figure.subplots()
    gains = np.linspace(0.5, 3.3, 57)
    theory = [dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(g=g))) for g in gains]
    axes.axhline(0.0, color="0.8", lw=0.7)
    axes.plot(gains, theory, color="black", label="theory")
    quiet = budget.networks(
        dmft.RandomNetwork(g=0.7),
        dict.fromkeys(simulations[GAINS[0]].sizes, 4),
        duration=40.0,
        burn_in=20.0,
        measure=("lyapunov",),
    )
    everything = {0.7: quiet, **simulations}
    for index, size in enumerate(quiet.sizes):
        axes.errorbar(
            list(everything),
            [s.mean("lyapunov_exponent", size) for s in everything.values()],
            [s.standard_error("lyapunov_exponent", size) for s in everything.values()],
            fmt=MARKERS[index],
            mfc="white",
            color=COLOURS[index],
            capsize=1.5,
            elinewidth=0.8,
            label=f"N = {size}",
        )
    limits = [extrapolate(s, "lyapunov_exponent", order=1) for s in simulations.values()]
    axes.errorbar(
        list(simulations),
        [limit.value for limit in limits],
        [limit.standard_error for limit in limits],
        fmt="D",
        color=COLOURS[3],
        capsize=1.5,
        label="large N",
    )
    axes.set_xlabel("gain g")
    axes.set_ylabel(r"largest exponent $\lambda$ ($1/\tau$)")
    axes.set_ylim(-0.55, 0.32)
    axes.legend()
    return figure


def _eigenvalues(budget: Budget) -> Any:
    from matplotlib.figure import Figure

    network = dmft.RandomNetwork(g=3.0)
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network))
    size = budget.choose(800, 2000)
    simulation = budget.networks(
        network, {size: budget.choose(2, 8)}, duration=20.0, burn_in=20.0, measure=("jacobian",)
    )
    values = simulation.values("jacobian_eigenvalues", size)
    figure = Figure(figsize=(7.0, 3.1))
    plane, radial = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
    one = values[0].reshape(-1, size)[-1]
    plane.plot(one.real, one.imag, ".", ms=2.5, color=COLOURS[0], alpha=0.7, mec="none")
    angle = np.linspace(0.0, 2.0 * np.pi, 200)
    plane.plot(
        spectrum.radius * np.cos(angle) - 1.0,
        spectrum.radius * np.sin(angle),
        color="black",
        label=r"theory: radius $g\langle\phi'^2\rangle^{1/2}$",
    )
    plane.axvline(0.0, color="0.8", lw=0.7)
    plane.set_aspect("equal")
    plane.set_xlabel(r"Re ($1/\tau$)")
    plane.set_ylabel(r"Im ($1/\tau$)")
    plane.set_ylim(-1.9, 2.3)
    plane.legend(loc="upper center")
    radii = np.linspace(0.0, 1.15 * spectrum.radius, 47)
    radial.plot(radii, spectrum.cdf(radii), color="black", label="theory")
    distance = np.sort(np.abs(values.ravel() + 1.0))
    measured = np.searchsorted(distance, radii) / distance.size
    radial.plot(radii[::2], measured[::2], "o", mfc="white", color=COLOURS[0], label=f"networks, N = {size}")
    radial.set_xlabel(r"distance from $-1$, r ($1/\tau$)")
    radial.set_ylabel("fraction of eigenvalues within r")
    radial.legend()
    return figure


section = Section(
    key="stationary",
    title="Random network: the chaotic state",
    text=(
        "dx/dt = -x + J tanh(x), J of variance g^2/N. Theory: Sompolinsky, Crisanti & Sommers (1988). Networks of "
        "several sizes, extrapolated to large N."
    ),
    run=run,
)
