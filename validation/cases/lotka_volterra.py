"""Many species: Lotka-Volterra equations with random interactions, at their fixed point and beyond."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import dmft
from dmft.plotting import paper_style
from validation.cases.lotka_volterra_pictures import SYMMETRIES, abundances, fate_of, lives, plane
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section, mapped, of_networks
from validation.comparison import compare

# Means, spreads and symmetries of the sheet's table, with immigration and help: networks of each size.
CASES = {
    "independent": dmft.LotkaVolterraNetwork(4.0, 0.8),
    "symmetric in part": dmft.LotkaVolterraNetwork(4.0, 0.8, 0.5),
    "predators and prey in part": dmft.LotkaVolterraNetwork(4.0, 1.2, -0.5),
    "immigration": dmft.LotkaVolterraNetwork(4.0, 1.2, 0.0, 1e-2),
    "without a mean": dmft.LotkaVolterraNetwork(0.0, 0.6),
}
_COUNTS = ({250: 40}, {250: 100, 500: 40})
_MEANS, _SPREADS = (-1.0, 4.0), (0.2, 2.0)


def run(budget: Budget) -> Content:
    """Compare fixed points of networks with the closed theory, and draw who lives, and where a fixed point ends."""
    settled: dict[str, Any] = {"duration": 10.0, "burn_in": 150.0, "measure": ("correlation", "survival")}
    running = {
        # Couplings of its own for each case, so that their deviations are independent.
        title: replace(budget, seed=budget.seed + index).start(network, _counts(title, budget), **settled)
        for index, (title, network) in enumerate(CASES.items())
    }
    n, count = budget.choose((150, 5), (300, 9))
    places = [(mu, sigma) for mu in np.linspace(*_MEANS, count) for sigma in np.linspace(*_SPREADS, count)]
    fates = mapped(budget, partial(fate_of, size=n, duration=budget.choose(200.0, 300.0)), places)
    many, networks = budget.choose((300, 4), (800, 8))
    drawn = {gamma: of_networks(budget, partial(lives, gamma=gamma, size=many), many, networks) for gamma in SYMMETRIES}
    comparisons = {
        title: compare(dmft.solve_stationary(CASES[title]), begun.result(), tolerance=TOLERANCE)
        for title, begun in running.items()
    }
    diagram = dmft.lotka_volterra_diagram(mu=np.linspace(*_MEANS, 61), sigma=np.linspace(*_SPREADS, 46))
    with paper_style():
        pictures = (
            Picture(
                "species-plane",
                plane(diagram, places, fates),
                "Where many species settle, over mean and spread of their interactions (independent ones): the "
                "fraction that lives (colour), the line sigma_c above which the fixed point is unstable, and the one "
                f"left of which abundances diverge. Symbols: one network of {n} each, from two initial states: they "
                "end in the same state (dots), in two or in motion (crosses), or grow without bound (triangles). A "
                "finite network has its transition at a spread of its own.",
            ),
            Picture(
                "species-abundances",
                abundances(drawn, many),
                "Abundances of the species that live, at mu = 4: a normal distribution cut off at zero; theory "
                f"(lines) and {networks} networks of {many} (symbols).",
            ),
        )
    return Content(comparisons, pictures, (_REMARK,))


def _counts(title: str, budget: Budget) -> dict[int, int]:
    """Return how many networks there are of which size; in a quick report few of those that cannot decide there."""
    counts: dict[int, int] = budget.choose(*_COUNTS)
    return {250: 16} if budget.quick and title == "immigration" else counts


_REMARK = (
    "From network to network mean squares of abundances scatter by more than 1/sqrt(N): the feedback of all species on "
    "each other amplifies what a network has drawn. Many networks are pooled for that reason, not long runs."
)

section = Section(
    key="species",
    title="Many species",
    text=(
        "Lotka-Volterra equations of many species with random interactions: the unique fixed point, in closed form, "
        "beside networks (Bunin, 2017; Galla, 2018)."
    ),
    run=run,
)
