"""Any unit: linear filters with delays and resonances, and units that state their own equations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dmft
from dmft.plotting import paper_style
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.cases.units_clouds import stated_clouds
from validation.cases.units_networks import (
    ADAPTATION,
    ADAPTING_GAIN,
    CASES,
    LEAKY_GAIN,
    delayed,
    gated,
    network_of,
    resonant,
    self_coupled,
)
from validation.cases.units_pictures import LONGEST, clouds, delays, spectra
from validation.cases.units_sampled import STEEPNESSES, STRENGTHS, bistable_units, gates, states
from validation.comparison import compare
from validation.estimators.correlation import Correlations

_SPECTRAL_LAGS = 60.0


def run(budget: Budget) -> Content:
    """Compare networks of filters and of stated units with their theories, and draw what sets them apart."""
    usual: dict[str, Any] = {"duration": 150.0, "burn_in": 50.0, "initial_states": budget.choose(1, 2)}
    usual |= {"measure": budget.choose("correlation", ("correlation", "lyapunov"))}
    shorter: dict[str, Any] = budget.choose({"duration": 40.0}, {})
    running = {
        # Couplings of its own for each case, so that their deviations are independent.
        title: replace(budget, seed=budget.seed + index).start(
            network, budget.choose(*counts), **usual | settings | shorter
        )
        for index, (title, (network, counts, settings)) in enumerate(CASES.items())
        if budget.choose(*counts)
    }
    n, count = budget.choose((300, 4), (600, 6))
    moving: dict[str, Any] = {
        "burn_in": budget.choose(30.0, 60.0),
        "duration": budget.choose(50.0, 150.0),
        "initial_states": 2,
    }
    wide = {"measure": Correlations(max_lag=_SPECTRAL_LAGS), "duration": budget.choose(120.0, 300.0)}
    bands = {
        "leaky": network_of(dmft.Leaky(), LEAKY_GAIN),
        "adaptation": network_of(ADAPTATION, ADAPTING_GAIN),
        "resonator": resonant(),
    }
    heard = {name: budget.start(network, {n: count}, **moving | wide) for name, network in bands.items()}
    later = {
        d: budget.start(delayed(d), {n: count}, measure=("correlation", "lyapunov"), **moving)
        for d in (0.25, 1.0, 2.5, LONGEST)
    }
    cloud = budget.start(resonant(), {n: count}, measure="jacobian", burn_in=60.0, duration=1.0)
    small, few = budget.choose((300, 4), (400, 4))
    excited = {
        s: budget.start(self_coupled(s), {small: few}, measure=("correlation", "lyapunov"), **moving)
        for s in (0.0, *STRENGTHS)
    }
    gating = {
        a: budget.start(gated(a), {small: few}, measure=("correlation", "jacobian"), **moving) for a in STEEPNESSES
    }
    apart = budget.start(self_coupled(STRENGTHS[-1]), {small: 1}, measure="jacobian", burn_in=60.0, duration=1.0)
    sampled, exponents, gate_states = states(budget)
    comparisons = {
        title: compare(_theory(title), begun.result(), tolerance=TOLERANCE) for title, begun in running.items()
    }
    with paper_style():
        pictures = (
            Picture(
                "units-spectra",
                spectra({name: (dmft.solve_stationary(bands[name]), begun.result()) for name, begun in heard.items()}),
                f"Left: squared gain of a leaky unit, one that adapts (c = 1, ta = 5) and a resonator (w0 = 1, "
                f"gamma = 0.5). Right: spectra of x of chaotic networks at g = 2, 2 and 1.5: theory (lines) and "
                f"networks of {n} (symbols), both through a Hann window of {_SPECTRAL_LAGS:g} lags. Where |H| has its "
                "maximum beside zero, chaos is a narrow band there.",
            ),
            Picture(
                "units-delay",
                delays({d: begun.result() for d, begun in later.items()}, n, budget.choose(10, 41)),
                f"Leaky units that hear each other a delay later, g = 2: theory (lines) and networks of {n} (symbols). "
                "A delay does not enter |H|, so that the variance does not know of it; the exponent falls. (Finite "
                "networks lie below the theoretical exponent.)",
            ),
            Picture(
                "units-jacobian",
                clouds(cloud.result(), n),
                "Eigenvalues of the linear flow of resonators at g = 1.5, in a chaotic state. Left: one network and "
                "the edge, where 1/H(z) has the size R = g sqrt(<phi'^2>). Right: how many of them lie within a level; "
                f"theory (line) and {count} networks.",
            ),
            Picture(
                "units-bistable",
                bistable_units(sampled, exponents, {s: begun.result() for s, begun in excited.items()}, small),
                "Units that excite themselves, x' = -x + s tanh(x) + h, at g = 2 (Stern, Sompolinsky & Abbott, 2014): "
                "correlation of tanh(x) and largest exponent; sampled theory (lines, with standard errors) and "
                f"networks of {small} (symbols), whose exponents are below it, as those of finite networks are.",
            ),
            Picture(
                "units-gate",
                gates(gate_states, {a: begun.result() for a, begun in gating.items()}, small),
                "Units with a gate of steepness a on their rate, couplings of 2 to the state and 1 to the gate "
                "(Krishnamurthy, Can & Schwab, 2022). Left: correlation of tanh(x), which the gate stretches: sampled "
                f"theory (lines; at a = 0 that of leaky units at half the speed) and networks of {small}. Right: "
                "eigenvalues of the Jacobian of one network each; the disc is that of a = 0, whose gates sit at -1. "
                "Steep gates draw eigenvalues to zero.",
            ),
            Picture(
                "units-support",
                stated_clouds(
                    {
                        f"$s$ = {STRENGTHS[-1]:g}": (sampled[STRENGTHS[-1]], apart.result()),
                        f"$a$ = {STEEPNESSES[-1]:g}": (gate_states[STEEPNESSES[-1]], gating[STEEPNESSES[-1]].result()),
                    },
                    small,
                ),
                f"Eigenvalues of the Jacobian of one network of {small} units each that excite themselves with "
                "strength s (left), or have a gate of steepness a (right), and the edge of the support by sampled "
                "units: where mean squares of c (z - A)^-1 b go around the network undiminished. Red: its rightmost "
                "points, with their errors.",
            ),
        )
    return Content(comparisons, pictures)


def _theory(title: str) -> Any:
    return dmft.solve_stationary(CASES[title][0])


section = Section(
    key="units",
    title="Any unit",
    text=(
        "Units that are linear filters (adaptation, resonance, delays), whose theory is exact, and units that state "
        "their own equations, whose theory is sampled: the same statement solved, simulated and compared."
    ),
    run=run,
)
