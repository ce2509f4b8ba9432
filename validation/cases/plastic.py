"""Plastic networks: the phenomena of Hebbian and anti-Hebbian synapses, with networks on top."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, paper_style
from validation.cases import plastic_fixed_points, plastic_freezing, plastic_induced
from validation.cases.drawing import EXPONENT, PLASTICITY, correlation, keyed, named, networks, panels, zero
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section, drawn
from validation.comparison import Comparison, compare
from validation.quantities import theory_numbers
from validation.simulation import Simulation

GAIN, TIME_CONSTANT = 2.0, 2.5
STRENGTHS = (-2.0, 0.0, 1.0)


def run(budget: Budget) -> Content:
    """Compare three strengths of plasticity with networks, and draw the phenomena, one a figure."""
    # Two sizes for a line in 1/N: C^x(0) of anti-Hebbian networks lies low by 20/N.
    counts = {
        k: budget.choose({500: 30, 1000: 16} if k < 0 else {500: 24, 1000: 12}, {500: 24, 1000: 12}) for k in STRENGTHS
    }
    running = {
        k: budget.with_exponents(
            _network(k),
            counts[k],
            {500: budget.choose(6, 8)},
            duration=budget.choose(50.0, 150.0),
            burn_in=budget.choose(25.0, 60.0),
            dt=None,  # the usual one, for lags that are whole
        )
        for k in STRENGTHS
    }
    solutions = {k: dmft.solve_plastic(_network(k), accuracy=5e-3) for k in STRENGTHS}
    exponents = {k: dmft.lyapunov_exponent(solution) for k, solution in solutions.items()}
    simulations: dict[float, Simulation] = {}
    with_tangents: dict[float, Simulation] = {}
    comparisons: dict[str, Comparison] = {}
    for k in STRENGTHS:
        simulations[k], with_tangents[k] = (begun.result() for begun in running[k])
        numbers = theory_numbers(solutions[k], simulations[k])
        kept = {name: numbers[name] for name in ("corr_x[0]", "corr_phi[0]", "corr_phi[2]")}
        comparisons[f"k = {k:g}"] = compare(kept, simulations[k], tolerance=TOLERANCE)
        if not budget.quick:  # exponents of finite networks are low by up to 20/N: small ones decide nothing
            comparisons[f"k = {k:g}, exponent"] = compare(
                {"lyapunov_exponent": exponents[k]}, with_tangents[k], tolerance=TOLERANCE
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
                _exponents(exponents, with_tangents, budget),
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
    figure, (axes,) = panels(1, 4.2, 3.0)
    zero(axes)
    for index, (k, solution) in enumerate(solutions.items()):
        correlation(axes, "corr_phi", solution, simulations[k], index=index, label=f"k = {k:g}", relative=True)
    axes.set_ylabel(r"$C^\phi(\ell)/C^\phi(0)$")
    keyed(axes)
    return figure


def _spectra(solutions: dict[float, Any], budget: Budget) -> Any:
    figure, both = panels(2)
    re, im = np.linspace(-2.6, 0.6, 240), np.linspace(-1.8, 1.8, 181)
    for axes, k, colour in zip(both, (STRENGTHS[0], STRENGTHS[-1]), COLOURS, strict=False):
        simulator = drawn(_network(k), budget.choose(500, 1500), np.random.SeedSequence(budget.seed))
        for _ in range(800):
            simulator.step()
        eigenvalues = np.linalg.eigvals(simulator.jacobian())
        axes.plot(eigenvalues.real, eigenvalues.imag, ".", ms=2.0, color=colour, alpha=0.7, mec="none")
        level = dmft.jacobian_spectrum(solutions[k]).bulk_function(re[None, :] + 1j * im[:, None])
        axes.contour(re, im, level, levels=[1.0], colors="black", linewidths=1.0)
        zero(axes, upright=True)
        axes.set_title(f"k = {k:g}")
        axes.set_aspect("equal")
        named(axes, r"Re ($1/\tau$)", r"Im ($1/\tau$)")
    return figure


def _exponents(exponents: dict[float, Any], simulations: dict[float, Simulation], budget: Budget) -> Any:
    more = budget.choose((-4.0, 0.5), (-4.0, -3.0, -1.0, -0.5, 0.5, 1.5))
    line = exponents | {k: dmft.lyapunov_exponent(dmft.solve_plastic(_network(k), accuracy=1e-2)) for k in more}
    strengths, values = zip(*sorted(line.items()), strict=True)
    figure, (axes,) = panels(1, 3.9, 3.0)
    errors = [value.standard_error for value in values]
    axes.errorbar(strengths, [float(v) for v in values], errors, color="black", capsize=1.5, label="theory")
    for index, size in enumerate(simulations[STRENGTHS[0]].sizes):
        networks(axes, list(simulations), simulations.values(), "lyapunov_exponent", size, index=index)
    axes.set_ylim(bottom=0.0)
    named(axes, PLASTICITY, EXPONENT)
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
