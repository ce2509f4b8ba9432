"""The classic random network: correlation functions, exponent and Jacobian of the chaotic state."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.section import Budget, Content, Picture, Section
from validation.comparison import Comparison, compare
from validation.quantities import theory_numbers
from validation.simulation import Simulation

FloatArray = NDArray[np.float64]

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
    line, dots = _exponents(simulations, budget)
    spectrum, eigenvalues = _eigenvalues(budget)
    with paper_style():
        pictures = (
            Picture(
                "overview",
                _overview(solutions, simulations, line, dots, spectrum, eigenvalues),
                "Random networks: correlation functions, largest Lyapunov exponent, Jacobian eigenvalues. Lines: "
                f"theory of infinite networks; symbols: networks of N = {size} (left), of several N and extrapolated "
                "(middle), one network at g = 3 (right).",
            ),
            Picture(
                "stationary-correlation",
                _correlations(solutions, simulations),
                "Correlation functions of the chaotic state: theory (lines) and networks "
                f"(N = {size}, mean and standard error over realizations; each gain has the same random matrices, "
                "scaled, so that deviations go together).",
            ),
            Picture(
                "stationary-exponent",
                _alone(_draw_exponents, line, dots),
                "Largest Lyapunov exponent against the gain. Networks approach the theory (line) from below as 1/N; "
                "filled: extrapolated to large N.",
            ),
            Picture(
                "stationary-jacobian",
                _jacobian(spectrum, eigenvalues),
                "Left: Jacobian eigenvalues of one network in its chaotic state on the predicted disc. Right: fraction "
                "of eigenvalues within a distance r of -1, theory and the mean over states.",
            ),
        )
    return Content(comparisons, pictures)


def _overview(
    solutions: dict[float, Any],
    simulations: dict[float, Simulation],
    line: dict[float, float],
    dots: dict[float, Simulation],
    spectrum: Any,
    eigenvalues: FloatArray,
) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.5))
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.0, 1.0, 0.95])
    _draw_correlation(left, "corr_phi", solutions, simulations)
    left.legend()
    _draw_exponents(middle, line, dots)
    _draw_plane(right, spectrum, eigenvalues)
    return figure


def _alone(draw: Any, *content: Any) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.9, 3.0))
    draw(figure.subplots(), *content)
    return figure


def _correlations(solutions: dict[float, Any], simulations: dict[float, Simulation]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 2.9))
    left, right = figure.subplots(1, 2)
    _draw_correlation(left, "corr_x", solutions, simulations)
    _draw_correlation(right, "corr_phi", solutions, simulations)
    right.legend(title="dots: networks")
    return figure


def _draw_correlation(axes: Any, name: str, solutions: dict[float, Any], simulations: dict[float, Simulation]) -> None:
    lags = np.linspace(0.0, 20.0, 401)
    for (g, solution), colour, marker in zip(solutions.items(), COLOURS, MARKERS, strict=False):
        simulation = simulations[g]
        size = simulation.sizes[-1]
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
    axes.set_ylabel({"corr_x": r"$C^x(\ell)$", "corr_phi": r"$C^\phi(\ell)$"}[name])
    axes.set_xlabel(r"lag $\ell$ ($\tau$)")
    axes.set_xlim(-0.4, 20.2)
    axes.set_ylim(bottom=0.0)


def _exponents(
    simulations: dict[float, Simulation], budget: Budget
) -> tuple[dict[float, float], dict[float, Simulation]]:
    """Return gain -> exponent of the theory, and gain -> networks, with a quiescent one."""
    line = {
        float(g): float(dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(g=g))))
        for g in np.linspace(0.5, 3.3, 57)
    }
    quiet = budget.networks(
        dmft.RandomNetwork(g=0.7),
        dict.fromkeys(simulations[GAINS[0]].sizes, 4),
        duration=40.0,
        burn_in=20.0,
        measure=("lyapunov",),
    )
    return line, {0.7: quiet, **simulations}


def _draw_exponents(axes: Any, line: dict[float, float], dots: dict[float, Simulation]) -> None:
    from validation.finite_size import extrapolate

    axes.axhline(0.0, color="0.8", lw=0.7)
    axes.plot(list(line), list(line.values()), color="black", label="theory")
    sizes = next(iter(dots.values())).sizes
    for index, size in enumerate(sizes):
        axes.errorbar(
            list(dots),
            [s.mean("lyapunov_exponent", size) for s in dots.values()],
            [s.standard_error("lyapunov_exponent", size) for s in dots.values()],
            fmt=MARKERS[index],
            mfc="white",
            color=COLOURS[index],
            capsize=1.5,
            elinewidth=0.8,
            label=f"N = {size}",
        )
    chaotic = {g: simulation for g, simulation in dots.items() if g in GAINS}
    limits = [extrapolate(simulation, "lyapunov_exponent", order=1) for simulation in chaotic.values()]
    axes.errorbar(
        list(chaotic),
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


def _eigenvalues(budget: Budget) -> tuple[Any, FloatArray]:
    """Return the predicted spectrum at g = 3, and the eigenvalues of networks, (states, N)."""
    network = dmft.RandomNetwork(g=3.0)
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network))
    size = budget.choose(800, 2000)
    simulation = budget.networks(
        network, {size: budget.choose(2, 8)}, duration=20.0, burn_in=20.0, measure=("jacobian",)
    )
    return spectrum, simulation.values("jacobian_eigenvalues", size).reshape(-1, size)


def _jacobian(spectrum: Any, eigenvalues: FloatArray) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.1))
    plane, radial = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
    _draw_plane(plane, spectrum, eigenvalues)
    radii = np.linspace(0.0, 1.15 * spectrum.radius, 47)
    radial.plot(radii, spectrum.cdf(radii), color="black", label="theory")
    distance = np.sort(np.abs(eigenvalues.ravel() + 1.0))
    measured = np.searchsorted(distance, radii) / distance.size
    label = f"networks, N = {eigenvalues.shape[1]}"
    radial.plot(radii[::2], measured[::2], "o", mfc="white", color=COLOURS[0], label=label)
    radial.set_xlabel(r"distance from $-1$, r ($1/\tau$)")
    radial.set_ylabel("fraction of eigenvalues within r")
    radial.legend()
    return figure


def _draw_plane(axes: Any, spectrum: Any, eigenvalues: FloatArray) -> None:
    one = eigenvalues[-1]
    axes.plot(one.real, one.imag, ".", ms=2.5, color=COLOURS[0], alpha=0.7, mec="none")
    angle = np.linspace(0.0, 2.0 * np.pi, 200)
    edge = spectrum.radius * np.exp(1j * angle) - 1.0
    axes.plot(edge.real, edge.imag, color="black", label=r"radius $g\langle\phi'^2\rangle^{1/2}$")
    axes.axvline(0.0, color="0.8", lw=0.7)
    axes.set_aspect("equal")
    axes.set_xlabel(r"Re ($1/\tau$)")
    axes.set_ylabel(r"Im ($1/\tau$)")
    axes.set_ylim(-1.9, 2.3)
    axes.legend(loc="upper center")


section = Section(
    key="stationary",
    title="Random network: the chaotic state",
    text=(
        "dx/dt = -x + J tanh(x), J of variance g^2/N. Theory: Sompolinsky, Crisanti & Sommers (1988). Networks of "
        "several sizes, extrapolated to large N."
    ),
    run=run,
)
