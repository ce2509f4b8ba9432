"""The effective dimension of activity: against the gain, with networks of growing size, and at a lag."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.dimension_numbers import dimension_numbers
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.comparison import Comparison, compare
from validation.estimators.dimension import Dimension, harmonic_dimension
from validation.simulation import Simulation

GAINS = (2.0, 3.0, 5.0)
SIZES_AT = 3.0  # the gain at which the convergence with N is shown
LAGS = (0.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 28.0)
NOISY = dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(3.0))


def run(budget: Budget) -> Content:
    """Compare the two-site theory with networks at three gains and with noise, and draw the two pictures."""
    # At g = 3 the convergence with N is shown; elsewhere fewer networks do.
    many = budget.choose({500: 16, 1000: 6}, {500: 40, 1000: 32, 2000: 16})
    few = budget.choose({500: 12, 1000: 4}, {500: 24, 1000: 16, 2000: 8})
    # Networks scatter by 1/sqrt(PR), a fifth at N = 500: beside that the error of a run of 40 tau is small.
    settings: dict[str, Any] = {"duration": 40.0, "burn_in": 40.0, "initial_states": budget.choose(16, 32)}
    running = {
        g: budget.start(
            dmft.RandomNetwork(g=g),
            many if g == SIZES_AT else few,
            measure=("correlation", Dimension(lags=LAGS if g == SIZES_AT else (0.0,))),
            **settings,
        )
        for g in GAINS
    }
    driven = budget.start(
        NOISY, {500: 24, 1000: 14}, measure=("correlation", Dimension()), dt=0.1, **{**settings, "burn_in": 20.0}
    )
    theories: dict[float, Any] = {}
    networks: dict[float, Simulation] = {}
    comparisons: dict[str, Comparison] = {}
    for g in GAINS:
        theories[g] = dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(g=g)))
        networks[g] = running[g].result()
        numbers = _inverse(theories[g], networks[g])
        comparisons[f"dimension, g = {g:g}"] = compare(numbers, networks[g], tolerance=TOLERANCE)
    noisy, theory = driven.result(), dmft.solve_two_site(dmft.solve_stationary(NOISY))
    numbers = _inverse(theory, noisy)
    comparisons["dimension, white noise of intensity 3"] = compare(numbers, noisy, tolerance=TOLERANCE)
    # The same networks have averages over neurons, at a gain and a drive that no other section has.
    for title, network, simulation in (
        ("single neurons, g = 5", dmft.RandomNetwork(g=5.0), networks[5.0]),
        ("single neurons, white noise of intensity 3", NOISY, noisy),
    ):
        comparisons[title] = compare(dmft.solve_stationary(network), simulation, tolerance=TOLERANCE)
    with paper_style():
        pictures = (
            Picture(
                "dimension-gain",
                _against_gain(networks),
                "Effective dimension of phi (left) and x (right) over N against the gain: theory (line) and networks, "
                "1/<1/PR> with its standard error (sizes beside each other at the same gain).",
            ),
            Picture(
                "dimension-size",
                _against_size(theories[SIZES_AT], networks[SIZES_AT]),
                "Effective dimension at g = 3 against 1/N: networks, 1/<1/PR> with its standard error, and the theory "
                "of infinitely many neurons (lines).",
            ),
            Picture(
                "dimension-lag",
                _against_lag(theories[SIZES_AT], networks[SIZES_AT]),
                "Sum of squared cross-covariances of phi at g = 3 relative to lag 0: theory (line), networks, and the "
                "squared autocovariance (dashed), which dies out ten times faster.",
            ),
        )
    remark = (
        "What is compared is N tr Sigma^2/(tr Sigma)^2: its mean over couplings, not that of PR, is what theory gives."
    )
    return Content(comparisons, pictures, (remark,))


def _inverse(two_site: Any, simulation: Simulation) -> dict[str, float]:
    return {k: v for k, v in dimension_numbers(two_site, simulation).items() if k.startswith("inverse")}


def _against_gain(networks: dict[float, Simulation]) -> Any:
    from matplotlib.figure import Figure

    gains = np.concatenate([np.linspace(1.02, 2.0, 30), np.linspace(2.1, 6.0, 30)])
    theories = [dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(g=g)), lags=[0.0]) for g in gains]
    figure = Figure(figsize=(7.0, 2.9))
    for axes, of in zip(figure.subplots(1, 2), ("phi", "x"), strict=True):
        axes.plot(gains, [dmft.effective_dimension(t, of) for t in theories], color="black")
        sizes = next(iter(networks.values())).sizes
        middle = 0.5 * (len(sizes) - 1)
        for k, (size, colour, marker) in enumerate(zip(sizes, COLOURS, MARKERS, strict=False)):
            values, errors = np.transpose([harmonic_dimension(s, size, of=of) for s in networks.values()])
            beside = np.array(list(networks)) + 0.09 * (k - middle)  # so that sizes do not hide each other
            axes.errorbar(beside, values, errors, fmt=marker, color=colour, label=f"N = {size}")
        axes.set_xlabel("gain $g$")
        axes.set_ylabel(rf"$\mathrm{{PR}}^{{{'x' if of == 'x' else chr(92) + 'phi'}}}/N$")
        axes.set_ylim(bottom=0.0)
    axes.legend()
    return figure


def _against_size(two_site: Any, simulation: Simulation) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.0))
    axes = figure.subplots()
    inverse = 1.0 / np.array(simulation.sizes, dtype=float)
    for of, label, colour, marker in (("phi", r"$\phi$", COLOURS[0], MARKERS[0]), ("x", "$x$", COLOURS[1], MARKERS[1])):
        axes.axhline(dmft.effective_dimension(two_site, of), color=colour)
        values, errors = np.transpose([harmonic_dimension(simulation, size, of=of) for size in simulation.sizes])
        axes.errorbar(inverse, values, errors, fmt=marker, color=colour, label=label)
    axes.set_xlim(0.0, 1.15 * inverse.max())
    axes.set_xticks([0.0, *inverse], ["0", *(f"1/{size}" for size in simulation.sizes)])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("$1/N$")
    axes.set_ylabel(r"$\mathrm{PR}/N$")
    axes.legend()
    return figure


def _against_lag(two_site: Any, simulation: Simulation) -> Any:
    from matplotlib.figure import Figure

    lags = np.linspace(0.0, 32.0, 161)
    single = two_site.kernel.single(lags, "phi")
    figure = Figure(figsize=(4.2, 3.0))
    axes = figure.subplots()
    axes.plot(lags, two_site.psi_at(lags) / two_site.psi_at(0.0), color="black", label="theory")
    axes.plot(lags, (single / single[0]) ** 2, color="black", linestyle="--", label=r"$(C^\phi/C^\phi(0))^2$")
    for size, colour, marker in zip(simulation.sizes, COLOURS, MARKERS, strict=False):
        psi = simulation.values("psi_phi", size)
        relative = psi / psi[:, :1]
        error = relative.std(axis=0, ddof=1) / np.sqrt(len(psi))
        axes.errorbar(
            simulation.coordinates["psi_lag"],
            relative.mean(axis=0),
            error,
            fmt=marker,
            color=colour,
            label=f"N = {size}",
        )
    axes.set_yscale("log")
    axes.set_ylim(1e-3, 1.3)
    axes.set_xlabel(r"lag $\ell$ ($\tau$)")
    axes.set_ylabel(r"$\Psi(\mathrm{lag})/\Psi(0)$")
    axes.legend()
    return figure


section = Section(
    key="dimension",
    title="Effective dimension",
    text=(
        "Two-site cavity theory: the cross-covariances of pairs of neurons, of order 1/sqrt(N), decide how many "
        "dimensions the activity fills and how slowly the population forgets."
    ),
    run=run,
)
