"""Pictures of networks with structure: spectra of fixed points, coexisting states, dimension by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import THEORY, named, panels, symbols
from validation.cases.structure_networks import TANH, two_populations
from validation.estimators.dimension import harmonic_dimension
from validation.simulation import Simulation

TWO_TAUS = two_populations(
    [[0.6, 0.5], [0.9, 0.4]],
    (dmft.Symbolic("tanh(1.2*x)"), TANH[0]),
    tau=(1.0, 3.0),
    bias=(0.3, -0.2),
    threshold_variance=(0.3, 0.1),
)
THRESHOLDS = (0.0, 1.0, 4.0)


def with_mean(bias: float) -> dmft.Network:
    """Return one population whose mean couplings hold it on either side."""
    return dmft.Network(dmft.Population(bias=bias), dmft.Couplings(dmft.Random(0.8), dmft.Mean(1.6)))


def with_thresholds(variance: float) -> dmft.Network:
    """Return a noisy population with thresholds of this variance."""
    units = dmft.Population(drive=dmft.WhiteNoise(1.0), threshold_variance=variance)
    return dmft.Network({"E": units}, dmft.Random(1.5))


def spectra(simulation: Simulation, held: Simulation, size: int) -> Any:
    """Draw eigenvalues of the Jacobian of one network with two time constants, and of one with an outlier."""
    figure, (left, right) = panels(2)
    found = dmft.jacobian_spectrum(dmft.solve_stationary(TWO_TAUS))
    values = simulation.values("jacobian_eigenvalues", size)[0, 0]
    left.plot(values.real, values.imag, ".", color=COLOURS[0], ms=2, label=f"one network, N = {size}")
    for number, curve in enumerate(found.contour()):
        closed = np.append(curve, curve[:1])
        left.plot(closed.real, closed.imag, color="black", lw=1.0, label="edge of the bulk" if number == 0 else None)
    left.set_ylim(-0.55, 0.9)
    named(left, r"Re $(1/\tau)$", r"Im $(1/\tau)$", legend="upper left", fontsize=7)
    state = next(branch for branch in dmft.branches(with_mean(0.0)) if branch.stable)
    found = dmft.jacobian_spectrum(state.solution)
    values = held.values("jacobian_eigenvalues", size)[:, 0].ravel()
    right.plot(values.real, values.imag, ".", color=COLOURS[0], ms=1.5, label=f"{len(held.seeds[size])} networks")
    for curve in found.contour():
        right.plot(np.append(curve, curve[:1]).real, np.append(curve, curve[:1]).imag, color="black", lw=1.0)
    right.plot(found.outliers.real, found.outliers.imag, "o", mfc="none", color=COLOURS[1], ms=9, label="outlier")
    naive = found.naive_outliers
    right.plot(
        naive.real, naive.imag, "x", color=COLOURS[3], ms=7, label="without the correlation of $J$ with $\\phi'$"
    )
    low, high = right.get_ylim()
    right.set_ylim(low, high + 0.6 * (high - low))
    named(right, r"Re $(1/\tau)$", r"Im $(1/\tau)$", legend="upper left", fontsize=7)
    return figure


def coexisting(networks: Mapping[float, Simulation], size: int, points: int) -> Any:
    """Draw the means of all states against the bias, at so many points, and where networks end."""
    figure, (axes,) = panels(1, 4.6, 3.2)
    looks = {True: {"color": "black"}, False: {"color": "0.6", "mfc": "white"}}
    for bias in np.linspace(-0.45, 0.45, points):
        for branch in dmft.branches(with_mean(float(bias))):
            axes.plot(bias, branch.solution.mean_x, ".", ms=4, **looks[branch.stable])
    axes.plot([], [], ".", label="theory, stable", **looks[True])
    axes.plot([], [], ".", label="theory, unstable", **looks[False])
    for number, (bias, simulation) in enumerate(networks.items()):
        means = simulation.values("mean_x", size)
        label = f"networks, N = {size}" if number == 0 else None
        symbols(axes, np.full(len(means), bias), means, index=0, label=label, ms=4)
    named(axes, "bias $h$", r"mean of $x$", legend="upper left", fontsize=7)
    return figure


def dimensions(noisy: Simulation, frozen: Sequence[Simulation]) -> Any:
    """Draw squared covariances by block beside the theory, and the dimension against the frozen part."""
    figure, (left, right) = panels(2)
    state = dmft.solve_stationary(noisy.network)
    pairs = {"AA": (0, 0), "AB": (0, 1), "BB": (1, 1)}
    for number, of in enumerate(("x", "phi")):
        theory = dmft.covariance_blocks(state, of).matrix
        for index, size in enumerate(noisy.sizes):
            found = noisy.mean(f"covariance_blocks_{of}", size) / theory
            errors = noisy.standard_error(f"covariance_blocks_{of}", size) / theory
            at = [3 * number + k + 0.15 * index for k in range(3)]
            label = f"N = {size}" if number == 0 else None
            symbols(
                left,
                at,
                [found[p] for p in pairs.values()],
                [errors[p] for p in pairs.values()],
                index=index,
                label=label,
            )
    left.axhline(1.0, color="black")
    left.set_xticks(range(6), [f"${s}$: {pair}" for s in ("x", "\\phi") for pair in pairs], fontsize=7)
    named(left, "block", "networks over theory", legend="upper right")
    variances = np.concatenate([[0.0], np.geomspace(0.05, 12.0, 14)])
    states = [dmft.solve_stationary(with_thresholds(float(v))) for v in variances]
    ratio = [float(s.static_variance[0] / s.variance[0]) for s in states]
    for index, of in enumerate(("x", "phi")):
        curve = [float(dmft.effective_dimension(s, of)) for s in states]
        right.plot(ratio, curve, color=COLOURS[index])
        for number, simulation in enumerate(frozen):
            size = simulation.sizes[-1]
            value, error = harmonic_dimension(simulation, size, of=of)
            own = dmft.solve_stationary(simulation.network)
            label = {"x": "$x$", "phi": r"$\phi$"}[of] + f", N = {size}" if number == 0 else None
            frozen_part = float(own.static_variance[0] / own.variance[0])
            symbols(right, [frozen_part], [value], [error], index=index, label=label)
    right.set_ylim(bottom=0.0)
    named(right, r"frozen part $c_\infty/c_0$", r"$\mathrm{PR}/N$", legend="lower left", lines=THEORY)
    return figure
