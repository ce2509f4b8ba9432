"""The pictures of networks of filters: spectra, delays, eigenvalues of the Jacobian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import EXPONENT, THEORY, named, networks, panels, symbols, zero
from validation.cases.units_networks import delayed
from validation.simulation import Simulation

_OMEGA = np.linspace(0.0, 2.2, 441)
_TO = 60.0  # lags that spectra are taken of
LONGEST = 4.0  # delay


def spectra(found: Mapping[str, tuple[Any, Simulation]]) -> Any:
    """Draw |H|^2, and the spectrum of x relative to the variance, of theories and of networks by the same taper."""
    figure, (left, right) = panels(2)
    for index, (name, (solution, simulation)) in enumerate(found.items()):
        unit = next(iter(solution.network.compose().named.values())).dynamics
        left.plot(_OMEGA, unit.transfer.size(1j * _OMEGA), color=COLOURS[index], label=name)
        size = simulation.sizes[-1]
        lags = simulation.lags
        right.plot(_OMEGA, _tapered(lags, solution.corr_x_at(lags), _OMEGA), color=COLOURS[index])
        shown = _OMEGA[:: len(_OMEGA) // 22]
        drawn = np.array([_tapered(lags, one, shown) for one in simulation.values("corr_x", size)])
        error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
        symbols(
            right, shown, drawn.mean(axis=0), error, index=index, ms=3.5, label=f"N = {size}" if not index else None
        )
    left.set_ylim(bottom=0.0)
    right.set_ylim(bottom=0.0)
    named(left, r"$\omega$ ($1/\tau$)", r"$|H(i\omega)|^2$")
    named(right, r"$\omega$ ($1/\tau$)", r"$S_x(\omega)/C^x(0)$ ($\tau$)", lines=THEORY)
    return figure


def _tapered(lags: Any, correlation: Any, omega: Any) -> Any:
    """Return the transform of a correlation function times a Hann window, relative to lag 0."""
    weights = np.cos(0.5 * np.pi * lags / lags[-1]) ** 2 * (lags[1] - lags[0])
    weights[0] *= 0.5
    return 2.0 * np.cos(np.multiply.outer(omega, lags)) @ (weights * correlation) / correlation[0]


def delays(simulations: Mapping[float, Simulation], size: int, points: int) -> Any:
    """Draw the variance of x and the largest exponent against the delay."""
    figure, (left, right) = panels(2)
    at = LONGEST * np.linspace(0.0, 1.0, points) ** 2
    states = [dmft.solve_stationary(delayed(float(delay))) for delay in at]
    left.plot(at, [state.variance for state in states], color="black")
    right.plot(at, [float(dmft.lyapunov_exponent(state)) for state in states], color="black")
    networks(left, list(simulations), simulations.values(), "variance", size)
    networks(right, list(simulations), simulations.values(), "lyapunov_exponent", size)
    zero(right)
    left.set_ylim(0.0, 1.4 * states[0].variance)
    named(left, r"delay $D$ ($\tau$)", r"$C^x(0)$", lines=THEORY)
    named(right, r"delay $D$ ($\tau$)", EXPONENT, lines=THEORY)
    return figure


def clouds(simulation: Simulation, size: int) -> Any:
    """Draw the eigenvalues of resonators with the edge |1/H(z)| = R, and how they lie within."""
    figure, (left, right) = panels(2)
    solution = dmft.solve_stationary(simulation.network)
    found = dmft.jacobian_spectrum(solution)
    values = simulation.values("jacobian_eigenvalues", size)[:, 0]
    left.plot(values[0].real, values[0].imag, ".", color=COLOURS[0], ms=1.5, label=f"one network, N = {size}")
    for number, curve in enumerate(found.contour()):
        left.plot(curve.real, curve.imag, color="black", lw=1.0, label=None if number else r"$|1/H(z)| = R$")
    zero(left, upright=True)
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.35 * (high - low))
    named(left, r"Re $z$ ($1/\tau$)", r"Im $z$ ($1/\tau$)", legend="upper left", fontsize=7)
    parts = np.linspace(0.0, 1.2, 121)
    right.plot(parts, found.cdf(parts * found.radius), color="black")
    levels = 1.0 / np.asarray(found.reach(values.ravel())).reshape(values.shape)
    some = np.linspace(0.1, 1.1, 11)
    within = np.mean(levels[..., None] < some, axis=1)
    error = within.std(axis=0, ddof=1) / np.sqrt(len(within))
    symbols(right, some, within.mean(axis=0), error, label=f"N = {size}")
    named(right, r"$r$", r"part with $|1/H(z)| < r R$", lines=THEORY)
    return figure
