"""Plastic networks: the phenomena of Hebbian and anti-Hebbian synapses, with networks on top."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.section import Budget, Content, Picture, Section
from validation.comparison import Comparison, compare
from validation.simulation import Simulation
from validation.simulators.plastic import PlasticSimulator

GAIN, TIME_CONSTANT = 2.0, 2.5
STRENGTHS = (-2.0, 0.0, 1.0)


def run(budget: Budget) -> Content:
    """Compare three strengths of plasticity with networks, and draw correlation, spectra, exponents and freezing."""
    counts = budget.choose({500: 8, 1000: 4}, {1000: 48, 2000: 24, 4000: 8})
    solutions, simulations, exponents = {}, {}, {}
    comparisons: dict[str, Comparison] = {}
    for k in STRENGTHS:
        solutions[k] = dmft.solve_plastic(_network(k), accuracy=5e-3)
        exponents[k] = dmft.lyapunov_exponent(solutions[k])
        simulations[k] = budget.networks(
            _network(k),
            counts,
            duration=budget.choose(40.0, 200.0),
            burn_in=budget.choose(40.0, 60.0),
            measure=("correlation", "lyapunov"),
        )
        numbers = {"corr_x[0]": float(solutions[k].corr_x[0]), "corr_phi[0]": float(solutions[k].corr_phi[0])}
        comparisons[f"k = {k:g}"] = compare(numbers, simulations[k], tolerance=0.1)
        # Exponents of finite networks are low by up to 150/N, a tenth here: the comparison can see less.
        comparisons[f"k = {k:g}, exponent"] = compare(
            {"lyapunov_exponent": float(exponents[k])}, simulations[k], tolerance=budget.choose(0.6, 0.3)
        )
    size = max(counts)
    with paper_style():
        pictures = (
            Picture(
                "plastic-correlation",
                _correlations(solutions, simulations),
                f"Rates at g = {GAIN:g}, p = {TIME_CONSTANT:g}: Hebbian synapses (k > 0) slow the chaos down, "
                f"anti-Hebbian ones speed it up and make it oscillate. Lines: theory; dots: networks, N = {size}, "
                "whose few slow modes hold up the tails (at k = -2 gone within errors at N = 4000).",
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
                "sampling error; dots: networks, which approach it from below as 1/N.",
            ),
            Picture(
                "plastic-frozen",
                _freezing(budget),
                "Synapses halted at t0: overlap of the later rates with those at t0, and how fast they still move. "
                "Above the dashed line the network comes to rest at the memory of t0 (freezable chaos).",
            ),
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


def _simulator(network: dmft.PlasticNetwork, size: int, seed: int) -> PlasticSimulator:
    generators = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)]
    return PlasticSimulator(network, size, dt=0.1, generators=generators)


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


def _freezing(budget: Budget) -> Any:
    from matplotlib.figure import Figure

    settings: dict[str, Any] = budget.choose(
        {"samples": 2400, "max_rank": 600, "noise_seeds": 2, "after": 60.0}, {"samples": 8000, "noise_seeds": 3}
    )
    strengths = np.array(budget.choose([0.4, 0.7, 0.85, 1.0, 1.25, 1.5], [0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4]))
    frozen = []
    for k in strengths:
        # The march makes its own plastic epoch; the solution only says that there is motion to halt.
        plastic = dmft.solve_plastic(
            _network(float(k)), samples=16, noise_seeds=2, window=102.4, rtol=1e-3, on_failure="ignore"
        )
        frozen.append(dmft.solve_frozen(plastic, on_failure="ignore", **settings))
    size, n_networks = budget.choose((1000, 3), (4000, 8))
    overlaps, velocities = [], []
    for k in strengths:
        runs = [_halted(float(k), size, budget.seed + index) for index in range(n_networks)]
        overlaps.append([run[0] for run in runs])
        velocities.append([run[1] for run in runs])
    threshold = dmft.freezing_threshold(_network(1.0), samples=budget.choose(2400, 8000), noise_seeds=2)
    figure = Figure(figsize=(7.0, 2.9))
    for axes, name, networks, label in zip(
        figure.subplots(1, 2),
        ("overlap", "velocity"),
        (overlaps, velocities),
        (r"overlap with $\phi(t_0)$", r"rms velocity ($1/\tau$)"),
        strict=True,
    ):
        axes.errorbar(
            strengths,
            [getattr(f, name) for f in frozen],
            [getattr(f, f"{name}_error") for f in frozen],
            color="black",
            capsize=1.5,
            label="theory",
        )
        axes.plot(
            np.repeat(strengths, n_networks),
            np.ravel(networks),
            "o",
            ms=3.5,
            mfc="white",
            color=COLOURS[0],
            label=f"networks, N = {size}",
        )
        axes.axvline(float(threshold), color="0.5", ls="--", lw=0.9)
        axes.set_xlabel("plasticity strength k")
        axes.set_ylabel(label)
    axes.legend()
    return figure


def _halted(k: float, size: int, seed: int) -> tuple[float, float]:
    """Return overlap and rms velocity of one network, averaged over the second half of 100 tau after the halt."""
    simulator = _simulator(_network(k), size, seed)
    for _ in range(800):
        simulator.step()
    memory = simulator.rates[:, 0].copy()
    simulator.halt_synapses()
    overlaps, squares = [], []
    for step in range(1000):
        simulator.step()
        if step >= 500:
            rates = simulator.rates[:, 0]
            overlaps.append(rates @ memory / np.sqrt((rates @ rates) * (memory @ memory)))
            squares.append(np.mean(simulator.velocity**2))
    return float(np.mean(overlaps)), float(np.sqrt(np.mean(squares)))


section = Section(
    key="plastic",
    title="Plastic synapses",
    text=(
        "dx/dt = -x + (J + A) tanh(x), p dA/dt = -A + (k/N) phi phi^T. Theory: Clark & Abbott (2024), sampled; its "
        "standard error is part of the numbers. Every network starts from a random state with A = 0."
    ),
    run=run,
)
