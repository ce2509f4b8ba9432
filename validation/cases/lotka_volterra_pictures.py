"""Networks of many species drawn one by one, and the pictures of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import COLOURS
from validation.cases.drawing import THEORY, named, panels, symbols
from validation.cases.section import STEP
from validation.simulators.species import SpeciesSimulator

SYMMETRIES = {-0.5: 1.2, 0.0: 0.8, 0.5: 0.8}  # with their spreads
SETTLED, MOVING, UNBOUNDED = "one fixed point", "two states, or motion", "without bound"
_LOOKS = {SETTLED: ".", MOVING: "x", UNBOUNDED: "^"}
_HUGE, _APART = 1e4, 1e-2
_SEED = 20261


def fate_of(place: tuple[float, float], *, size: int, duration: float) -> str:
    """Return what becomes of a network of independent interactions from two initial states, by (mu, sigma)."""
    mu, sigma = map(float, place)
    seed = np.random.SeedSequence([_SEED, round(1e4 * (mu + 10.0)), round(1e4 * sigma)])
    network = dmft.LotkaVolterraNetwork(mu, sigma)
    simulator = _begun(network, size, seed, n_states=2)
    for _ in range(round(duration / STEP)):
        simulator.step()
        if not np.max(simulator.x) < _HUGE:
            return UNBOUNDED
    one, other = simulator.x.T
    return SETTLED if np.linalg.norm(one - other) < _APART * np.linalg.norm(one) else MOVING


def lives(seed: np.random.SeedSequence, *, gamma: float, size: int) -> FloatArray:
    """Return the abundances of a network at its fixed point, those that die out as zeros, shape (N,)."""
    network = dmft.LotkaVolterraNetwork(4.0, SYMMETRIES[gamma], gamma)
    simulator = _begun(network, size, seed)
    for _ in range(round(150.0 / STEP)):
        simulator.step()
    return np.where(simulator.growth_when_rare[:, 0] > 0.0, simulator.x[:, 0], 0.0)


def _begun(network: Any, size: int, seed: np.random.SeedSequence, **settings: Any) -> SpeciesSimulator:
    generators = [np.random.default_rng(child) for child in seed.spawn(4)]
    return SpeciesSimulator(network, size, dt=STEP, generators=generators, **settings)


def plane(diagram: Any, places: Sequence[tuple[float, float]], fates: Sequence[str]) -> Any:
    """Draw phases and lines, and what becomes of networks."""
    figure, (axes,) = panels(1, width=4.6, height=3.4)
    shown = axes.pcolormesh(diagram["mu"], diagram["sigma"], diagram["survival"].T, cmap="Blues", vmin=0.0, vmax=1.0)
    figure.colorbar(shown, ax=axes, label=r"fraction alive $\phi$")
    axes.plot(diagram["stability_x"], diagram["stability_y"], "k--", label=r"$\sigma_c$")
    axes.plot(diagram["divergence_x"], diagram["divergence_y"], "k-", label=r"$\mu_{\rm div}$")
    for fate, marker in _LOOKS.items():
        at = np.array([place for place, found in zip(places, fates, strict=True) if found == fate])
        if len(at):
            axes.plot(*at.T, marker, color=COLOURS[3], ms=4.5, label=fate, clip_on=False)
    named(axes, r"mean interaction $\mu$", r"spread $\sigma$", legend=None)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False)
    return figure


def abundances(drawn: Mapping[float, FloatArray], size: int) -> Any:
    """Draw the distribution of abundances, theory and networks, and how many live by symmetry."""
    figure, (left, right) = panels(2)
    edges = np.linspace(0.0, 1.4, 29)
    centres, width = 0.5 * (edges[1:] + edges[:-1]), edges[1] - edges[0]
    for index, (gamma, found) in enumerate(drawn.items()):
        law = dmft.rate_distribution(dmft.solve_stationary(_network(gamma)))
        left.plot(centres, np.diff(law.cdf(edges)) / width, color=COLOURS[index])
        counts = np.array([np.histogram(x[x > 0.0], edges)[0] / (size * width) for x in found])
        errors = counts.std(axis=0, ddof=1) / np.sqrt(len(counts))
        label = rf"$\gamma$ = {gamma:g}, $\sigma$ = {SYMMETRIES[gamma]:g}"
        symbols(left, centres, counts.mean(axis=0), errors, index=index, ms=3.0, label=label)
        alive = np.mean(found > 0.0, axis=1)
        at = alive.mean(), alive.std(ddof=1) / np.sqrt(len(alive))
        symbols(right, gamma, *at, index=index, label=f"N = {size}" if index == 0 else None)
    gammas = np.linspace(-1.0, 0.7, 60)
    phi = [dmft.solve_stationary(dmft.LotkaVolterraNetwork(4.0, 0.8, float(g))).survival for g in gammas]
    right.plot(gammas, phi, color="black", lw=0.9, label=r"theory, $\sigma$ = 0.8")
    phi = [dmft.solve_stationary(dmft.LotkaVolterraNetwork(4.0, 1.2, float(g))).survival for g in gammas[gammas < 0.17]]
    right.plot(gammas[gammas < 0.17], phi, color="black", lw=0.9, ls="--", label=r"theory, $\sigma$ = 1.2")
    left.set_ylim(bottom=0.0)
    named(left, "abundance x", "density", lines=THEORY)
    named(right, r"symmetry $\gamma$", r"fraction alive $\phi$")
    return figure


def _network(gamma: float) -> dmft.LotkaVolterraNetwork:
    return dmft.LotkaVolterraNetwork(4.0, SYMMETRIES[gamma], gamma)
