"""Plastic networks: the phenomena of Hebbian and anti-Hebbian synapses, with networks on top."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases import plastic_fixed_points, plastic_freezing, plastic_induced
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.comparison import Comparison, compare
from validation.quantities import theory_numbers
from validation.simulation import Simulation
from validation.simulators.simulator import Simulator

GAIN, TIME_CONSTANT = 2.0, 2.5
STRENGTHS = (-2.0, 0.0, 1.0)


def run(budget: Budget) -> Content:
    """Compare three strengths of plasticity with networks, and draw the phenomena, one a figure."""
    # Two sizes for a line in 1/N: C^x(0) of anti-Hebbian networks lies low by 20/N.
    counts = {
        k: budget.choose({500: 40, 1000: 24} if k < 0 else {500: 28, 1000: 14}, {500: 48, 1000: 32, 2000: 16})
        for k in STRENGTHS
    }
    running = {
        k: budget.start(
            _network(k),
            counts[k],
            duration=budget.choose(100.0, 150.0),
            burn_in=budget.choose(50.0, 60.0),
            measure=("correlation", "lyapunov"),
        )
        for k in STRENGTHS
    }
    solutions, simulations, exponents = {}, {}, {}
    comparisons: dict[str, Comparison] = {}
    for k in STRENGTHS:
        solutions[k] = dmft.solve_plastic(_network(k), accuracy=5e-3)
        exponents[k] = dmft.lyapunov_exponent(solutions[k])
    for k in STRENGTHS:
        simulations[k] = running[k].result()
        numbers = theory_numbers(solutions[k], simulations[k])
        kept = {name: numbers[name] for name in ("corr_x[0]", "corr_phi[0]", "corr_phi[2]")}
        comparisons[f"k = {k:g}"] = compare(kept, simulations[k], tolerance=TOLERANCE)
        if not budget.quick:  # exponents of finite networks are low by up to 20/N: small ones decide nothing
            comparisons[f"k = {k:g}, exponent"] = compare(
                {"lyapunov_exponent": exponents[k]}, simulations[k], tolerance=TOLERANCE
            )
    size = max(counts[STRENGTHS[0]])
    with paper_style():
        pictures = (
            Picture(
                "plastic-correlation",
                _correlations(solutions, simulations),
                f"Rates at g = {GAIN:g}, p = {TIME_CONSTANT:g}: Hebbian synapses (k > 0) slow the chaos down, "
                f"anti-Hebbian ones speed it up and make it oscillate. Lines: theory; dots: networks, N = {size}, "
                "whose few slow modes hold up the tails, the more the smaller they are.",
            ),
            Picture(
                "plastic-spectrum",
                _spectra(solutions, budget),
                "Eigenvalues of the joint Jacobian of one network (dots) and the predicted bulk (line). Anti-Hebbian "
                "synapses push the unstable modes to the imaginary axis; Hebbian ones make two bands.",
            ),
            Picture(
                "plastic-exponent",
                _exponents(exponents, simulations, budget),
                "Largest exponent of the joint dynamics against the strength of plasticity. Line: theory, with its "
                "sampling error; dots: networks, which lie below it by an amount of order 1/N.",
            ),
            plastic_induced.picture(budget),
            plastic_fixed_points.picture(budget),
            plastic_freezing.picture(budget, GAIN, TIME_CONSTANT),
        )
    return Content(comparisons, pictures)


def _network(k: float) -> dmft.PlasticNetwork:
    return dmft.PlasticNetwork(g=GAIN, k=k, p=TIME_CONSTANT)


def _correlations(solutions: dict[float, Any], simulations: dict[float, Simulation]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.0))
    axes = figure.subplots()
    axes.axhline(0.0, color="0.8", lw=0.7)
    for index, (k, solution) in enumerate(solutions.items()):
        simulation = simulations[k]
        size = simulation.sizes[-1]
        lags = np.linspace(0.0, 20.0, 401)
        axes.plot(lags, solution.corr_phi_at(lags) / solution.corr_phi[0], color=COLOURS[index])
        scale = simulation.mean("corr_phi", size)[0]
        axes.errorbar(
            simulation.lags[::2],
            simulation.mean("corr_phi", size)[::2] / scale,
            simulation.standard_error("corr_phi", size)[::2] / scale,
            fmt=MARKERS[index],
            mfc="white",
            color=COLOURS[index],
            capsize=1.5,
            elinewidth=0.8,
            label=f"k = {k:g}",
        )
    axes.set_xlim(-0.4, 20.2)
    axes.set_xlabel(r"lag $\ell$ ($\tau$)")
    axes.set_ylabel(r"$C^\phi(\ell)/C^\phi(0)$")
    axes.legend()
    return figure


def _simulator(network: dmft.PlasticNetwork, size: int, seed: int) -> Simulator:
    generators = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)]
    return Simulator(network, size, dt=0.1, generators=generators)


def _spectra(solutions: dict[float, Any], budget: Budget) -> Any:
    from matplotlib.figure import Figure

    size = budget.choose(500, 1500)
    figure = Figure(figsize=(7.0, 2.9))
    for axes, k, colour in zip(figure.subplots(1, 2), (STRENGTHS[0], STRENGTHS[-1]), COLOURS, strict=False):
        spectrum = dmft.jacobian_spectrum(solutions[k])
        simulator = _simulator(_network(k), size, budget.seed)
        for _ in range(800):
            simulator.step()
        eigenvalues = np.linalg.eigvals(simulator.jacobian())
        axes.plot(eigenvalues.real, eigenvalues.imag, ".", ms=2.0, color=colour, alpha=0.7, mec="none")
        re, im = np.linspace(-2.6, 0.6, 240), np.linspace(-1.8, 1.8, 181)
        level = spectrum.bulk_function(re[None, :] + 1j * im[:, None])
        axes.contour(re, im, level, levels=[1.0], colors="black", linewidths=1.0)
        axes.axvline(0.0, color="0.8", lw=0.7)
        axes.set_title(f"k = {k:g}")
        axes.set_xlabel(r"Re ($1/\tau$)")
        axes.set_ylabel(r"Im ($1/\tau$)")
        axes.set_aspect("equal")
    return figure


def _exponents(exponents: dict[float, Any], simulations: dict[float, Simulation], budget: Budget) -> Any:
    from matplotlib.figure import Figure

    more = budget.choose((-4.0, 0.5), (-4.0, -3.0, -1.0, -0.5, 0.5, 1.5))
    line = {
        **exponents,
        **{k: dmft.lyapunov_exponent(dmft.solve_plastic(_network(k), accuracy=1e-2)) for k in more},
    }
    strengths = sorted(line)
    figure = Figure(figsize=(3.9, 3.0))
    axes = figure.subplots()
    axes.errorbar(
        strengths,
        [float(line[k]) for k in strengths],
        [line[k].standard_error for k in strengths],
        color="black",
        capsize=1.5,
        label="theory",
    )
    for index, size in enumerate(simulations[STRENGTHS[0]].sizes):
        axes.errorbar(
            list(simulations),
            [s.mean("lyapunov_exponent", size) for s in simulations.values()],
            [s.standard_error("lyapunov_exponent", size) for s in simulations.values()],
            fmt=MARKERS[index],
            mfc="white",
            color=COLOURS[index],
            capsize=1.5,
            label=f"N = {size}",
        )
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("plasticity strength k")
    axes.set_ylabel(r"largest exponent $\lambda$ ($1/\tau$)")
    axes.legend()
    return figure


section = Section(
    key="plastic",
    title="Plastic synapses",
    text=(
        "dx/dt = -x + (J + A) tanh(x), p dA/dt = -A + (k/N) phi phi^T. Theory: Clark & Abbott (2024), sampled; its "
        "standard error is part of the numbers. Every network starts from a random state with A = 0."
    ),
    run=run,
)
