"""The effective dimension of activity: against the gain, with networks of growing size, and at a lag."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, paper_style
from validation.cases.dimension_numbers import dimension_numbers
from validation.cases.drawing import LAG, THEORY, keyed, named, panels, spread, symbols
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
    many = budget.choose({500: 16, 1000: 6}, {500: 40, 1000: 24, 2000: 6})
    few = budget.choose({500: 8, 1000: 3}, {500: 24, 1000: 12, 2000: 4})
    # Networks scatter by 1/sqrt(PR), a fifth at N = 500: beside that the error of a run of 40 tau is small.
    settings: dict[str, Any] = {"duration": 40.0, "burn_in": budget.choose(25.0, 40.0), "initial_states": 16}
    running = {
        g: budget.start(
            dmft.RandomNetwork(g=g),
            many if g == SIZES_AT else few,
            measure=("correlation", Dimension(lags=LAGS if g == SIZES_AT else (0.0,))),
            **settings,
        )
        for g in GAINS
    }
    noisy: dict[str, Any] = settings | {"burn_in": 20.0, "initial_states": budget.choose(8, 16)}
    driven = budget.start(
        NOISY,
        budget.choose({500: 12, 1000: 6}, {500: 24, 1000: 14}),
        measure=("correlation", Dimension()),
        dt=0.1,
        **noisy,
    )
    asked = {f"g = {g:g}": (dmft.RandomNetwork(g=g), running[g]) for g in GAINS}
    asked["white noise of intensity 3"] = NOISY, driven
    states: dict[str, Any] = {}
    theories: dict[str, Any] = {}
    networks: dict[str, Simulation] = {}
    comparisons: dict[str, Comparison] = {}
    for title, (network, begun) in asked.items():
        states[title] = dmft.solve_stationary(network)
        theories[title], networks[title] = dmft.solve_two_site(states[title]), begun.result()
        numbers = dimension_numbers(theories[title], networks[title])
        numbers = {name: number for name, number in numbers.items() if name.startswith("inverse")}
        comparisons[f"dimension, {title}"] = compare(numbers, networks[title], tolerance=TOLERANCE)
    # The same networks have averages over neurons, at a gain and a drive that no other section has.
    for title in ("g = 5", "white noise of intensity 3"):
        comparisons[f"single neurons, {title}"] = compare(states[title], networks[title], tolerance=TOLERANCE)
    largest = f"g = {SIZES_AT:g}"
    with paper_style():
        pictures = (
            Picture(
                "dimension-gain",
                _against_gain({g: networks[f"g = {g:g}"] for g in GAINS}),
                "Effective dimension of phi (left) and x (right) over N against the gain: theory (line) and networks, "
                "1/<1/PR> with its standard error (sizes beside each other at the same gain).",
            ),
            Picture(
                "dimension-size",
                _against_size(theories[largest], networks[largest]),
                "Effective dimension at g = 3 against 1/N: networks, 1/<1/PR> with its standard error, and the theory "
                "of infinitely many neurons (lines).",
            ),
            Picture(
                "dimension-lag",
                _against_lag(theories[largest], networks[largest]),
                "Sum of squared cross-covariances of phi at g = 3 relative to lag 0: theory (line), networks, and the "
                "squared autocovariance (dashed), which dies out several times faster.",
            ),
        )
    remark = (
        "What is compared is N tr Sigma^2/(tr Sigma)^2: its mean over couplings, not that of PR, is what theory gives."
    )
    return Content(comparisons, pictures, (remark,))


def _against_gain(networks: dict[float, Simulation]) -> Any:
    gains = np.concatenate([np.linspace(1.02, 2.0, 30), np.linspace(2.1, 6.0, 30)])
    theories = [dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(g=g)), lags=[0.0]) for g in gains]
    sizes = next(iter(networks.values())).sizes
    figure, (left, right) = panels(2)
    for axes, of, symbol in ((left, "phi", r"\phi"), (right, "x", "x")):
        axes.plot(gains, [dmft.effective_dimension(t, of) for t in theories], color="black")
        for k, size in enumerate(sizes):
            values, errors = np.transpose([harmonic_dimension(s, size, of=of) for s in networks.values()])
            # beside each other, so that sizes do not hide each other
            beside = np.array(list(networks)) + 0.09 * (k - 0.5 * (len(sizes) - 1))
            symbols(axes, beside, values, errors, index=k, mfc=COLOURS[k], capsize=0, label=f"N = {size}")
        axes.set_ylim(bottom=0.0)
        named(axes, "gain $g$", rf"$\mathrm{{PR}}^{{{symbol}}}/N$", legend=None)
    keyed(right)
    return figure


def _against_size(two_site: Any, simulation: Simulation) -> Any:
    figure, (axes,) = panels(1, 4.2, 3.0)
    inverse = 1.0 / np.array(simulation.sizes, dtype=float)
    for index, (of, label) in enumerate((("phi", r"$\phi$"), ("x", "$x$"))):
        axes.axhline(dmft.effective_dimension(two_site, of), color=COLOURS[index])
        values, errors = np.transpose([harmonic_dimension(simulation, size, of=of) for size in simulation.sizes])
        symbols(axes, inverse, values, errors, index=index, mfc=COLOURS[index], capsize=0, label=label)
    axes.set_xlim(0.0, 1.15 * inverse.max())
    axes.set_xticks([0.0, *inverse], ["0", *(f"1/{size}" for size in simulation.sizes)])
    axes.set_ylim(bottom=0.0)
    named(axes, "$1/N$", r"$\mathrm{PR}/N$", lines=THEORY)
    return figure


def _against_lag(two_site: Any, simulation: Simulation) -> Any:
    lags = np.linspace(0.0, 32.0, 161)
    single = two_site.kernel.single(lags, "phi")
    figure, (axes,) = panels(1, 4.2, 3.0)
    axes.plot(lags, two_site.psi_at(lags) / two_site.psi_at(0.0), color="black", label="theory")
    axes.plot(lags, (single / single[0]) ** 2, color="black", linestyle="--", label=r"$(C^\phi/C^\phi(0))^2$")
    for index, size in enumerate(simulation.sizes):
        psi = simulation.values("psi_phi", size)
        at, look = simulation.coordinates["psi_lag"], {"mfc": COLOURS[index], "capsize": 0}
        spread(axes, at, psi / psi[:, :1], index=index, label=f"N = {size}", **look)
    axes.set_yscale("log")
    axes.set_ylim(1e-3, 1.3)
    named(axes, LAG, r"$\Psi(\mathrm{lag})/\Psi(0)$")
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
