"""What is known of a state as a figure: power, response, rates, covariances by block, states; by the class of it."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.observables.covariance_blocks import CovarianceBlocks
from dmft.observables.filtered_jacobian import FilteredSpectrum
from dmft.observables.jacobian import JacobianSpectrum
from dmft.observables.populations_jacobian import PopulationsSpectrum
from dmft.observables.power_spectrum import PowerSpectrum
from dmft.observables.rate_distribution import RateDistribution
from dmft.observables.response import Response
from dmft.observables.species_jacobian import SpeciesSpectrum
from dmft.observables.stated_jacobian import StatedSpectrum
from dmft.observables.stepped_jacobian import SteppedSpectrum
from dmft.observables.susceptibility import Susceptibility
from dmft.phases.branches import Branches
from dmft.phases.targets import TargetSolution
from dmft.plotting.eigenvalues import draw_bulk, draw_disc, draw_support
from dmft.plotting.solution import solution
from dmft.plotting.style import COLOURS, MARKERS, paper_style

if TYPE_CHECKING:
    import matplotlib.figure

_RATES = 401
_OF = {"x": "x", "phi": r"\phi"}
_LEVELS = {True: "full", False: "none", None: "left"}  # how a marker is filled


@singledispatch
def figure(result: Any) -> matplotlib.figure.Figure:
    """Return the figure of a result: of a solution of any theory (`solution`), of an observable, or of `branches`.

    Raises
    ------
    TypeError, ValueError : where there is nothing to draw.
    """
    return solution(result)


def _panels(number: int, width: float = 2.6) -> tuple[matplotlib.figure.Figure, Any]:
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(width * number + 0.4, 2.6))
    return drawn, drawn.subplots(1, number, squeeze=False)[0]


def _curves(result: Any, values: Any, dimensions: int) -> list[tuple[str, Any]]:
    """Return (label, values over frequencies) for each population, or pair of them."""
    array = np.asarray(values)
    if result.names == ("",):
        return [("", array.ravel())]
    names = list(result.names)
    if dimensions == 1:
        return [(name, array[a].ravel()) for a, name in enumerate(names)]
    return [(f"{a} by {b}", array[i, j].ravel()) for i, a in enumerate(names) for j, b in enumerate(names)]


def _finish(axes: Any, xlabel: str, ylabel: str) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend()
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)


_SEEN = 0.01  # part of the largest response below which it is noise
_FREQUENCY = r"frequency $f$ ($1/\tau$)"


@figure.register(PowerSpectrum)
def _of_power(result: PowerSpectrum) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (axes,) = _panels(1, 3.4)
        f = np.ravel(result.frequency)
        order = np.argsort(f)
        errors = _curves(result, result.error, 1)
        for number, (label, values) in enumerate(_curves(result, result.values, 1)):
            colour, off = COLOURS[number % len(COLOURS)], errors[number][1][order]
            axes.fill_between(f[order], values[order] - off, values[order] + off, color=colour, alpha=0.3, lw=0)
            axes.plot(f[order], values[order], color=colour, label=label or None, marker="o" if len(f) < 3 else "")
        if np.all(np.asarray(result.values) > 0) and np.ptp(np.log(np.asarray(result.values))) > 2.0:
            axes.set_yscale("log")
        positive = f[f > 0]
        if len(positive) > 2 and positive.max() > 30.0 * positive.min():
            log = ("log", {}) if len(positive) == len(f) else ("symlog", {"linthresh": positive.min()})  # f = 0 is seen
            axes.set_xscale(log[0], **log[1])
        _finish(axes, _FREQUENCY, f"$S^{_OF[result.of]}(f)$")
    return drawn


@figure.register(Susceptibility)
def _of_response(result: Susceptibility) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (size, phase) = _panels(2)
        f = np.ravel(result.frequency)
        order = np.argsort(f)
        for number, (label, values) in enumerate(_curves(result, result.mean_phi, 2)):
            style: dict[str, Any] = {"color": COLOURS[number % len(COLOURS)], "marker": "o" if len(f) < 3 else ""}
            size.plot(f[order], np.abs(values[order]), label=label or None, **style)
            phase.plot(f[order], np.unwrap(np.angle(values[order])), **style)
        for axes, ylabel in ((size, r"$|\partial\langle\phi\rangle/\partial h|$"), (phase, "phase (rad)")):
            _finish(axes, _FREQUENCY, ylabel)
    return drawn


@figure.register(Response)
def _of_fields(result: Response) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (size, phase) = _panels(2)
        several = result.value[:, :, 0].size > 1
        for number, (o, k) in enumerate(np.ndindex(result.value.shape[:2])):
            values, error = result.value[o, k], result.error[o, k]
            seen = np.abs(values) > _SEEN * np.max(np.abs(values))
            style: dict[str, Any] = {"color": COLOURS[number % len(COLOURS)]}
            f, here, off = result.frequency[seen], values[seen], error[seen]
            size.plot(f, np.abs(here), label=f"output {o}, field {k}" if several else None, **style)
            size.fill_between(f, np.abs(here) - off, np.abs(here) + off, alpha=0.3, lw=0, **style)
            phase.plot(f, np.unwrap(np.angle(here)), **style)
        for axes, ylabel in ((size, r"$|\partial o/\partial\eta|$"), (phase, "phase (rad)")):
            _finish(axes, _FREQUENCY, ylabel)
    return drawn


@figure.register(RateDistribution)
def _of_rates(result: RateDistribution) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (density, below) = _panels(2)
        rates = np.linspace(result.low, result.high, _RATES)
        pdf = np.asarray(result.pdf(rates))
        seen = np.isfinite(pdf)
        density.plot(rates[seen], pdf[seen], color=COLOURS[0])
        top = np.quantile(pdf[seen], 0.99) if np.any(seen) else 1.0  # it may diverge at the ends
        density.set_ylim(0.0, 1.3 * max(float(top), 1e-300))
        for rate, probability in result.atoms:
            density.annotate(
                f"{probability:.3g}",
                (rate, 0.0),
                xytext=(0, 22),
                textcoords="offset points",
                arrowprops={"arrowstyle": "<-"},
            )
        below.plot(rates, result.cdf(rates), color=COLOURS[0])
        below.axvline(result.mean, color="0.7", lw=0.8)
        _finish(density, r"rate $\phi$", "density")
        _finish(below, r"rate $\phi$", "fraction of units below")
    return drawn


@figure.register(CovarianceBlocks)
def _of_blocks(result: CovarianceBlocks) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (axes,) = _panels(1, 3.0)
        matrix = np.asarray(result.matrix)
        image = axes.imshow(matrix, cmap="Blues", vmin=0.0)
        for (a, b), value in np.ndenumerate(matrix):
            dark = value > 0.6 * matrix.max()
            axes.text(b, a, f"{value:.3g}", ha="center", va="center", color="white" if dark else "black", fontsize=7)
        names = [name or "all" for name in result.names]
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names)
        drawn.colorbar(
            image, label=rf"$\frac{{1}}{{N}}\sum C^{{{'x' if result.of == 'x' else chr(92) + 'phi'}\,2}}_{{ij}}$"
        )
    return drawn


@figure.register(Branches)
def _of_branches(result: Branches) -> matplotlib.figure.Figure:
    """Draw mean against variance, or variances alone; stable states full, others hollow, unknown ones half."""
    if not len(result):
        raise ValueError("there is nothing to draw: no state was found")
    with paper_style():
        means = np.array([np.atleast_1d(branch.solution.mean_x) for branch in result])
        sizes = np.array([np.atleast_1d(branch.solution.variance) for branch in result])
        moved = bool(np.any(np.abs(means) > 1e-9 * np.sqrt(np.abs(sizes))))
        drawn, (axes,) = _panels(1, 3.4)
        kinds = list(dict.fromkeys(branch.solution.state for branch in result))
        names = list(result[0].solution.blocks.names)
        for k, branch in enumerate(result):
            for a, name in enumerate(names):
                first = k == 0 and name != ""
                axes.plot(
                    means[k, a] if moved else k,
                    sizes[k, a],
                    marker=MARKERS[kinds.index(branch.solution.state) % len(MARKERS)],
                    fillstyle=_LEVELS[branch.stable],
                    color=COLOURS[a % len(COLOURS)],
                    linestyle="none",
                    label=name if first else None,
                )
        if not moved:
            axes.set_xticks(range(len(result)))
        else:
            axes.locator_params(axis="x", nbins=4)  # states may differ in the fifth digit alone
        for kind in kinds:
            marker = MARKERS[kinds.index(kind) % len(MARKERS)]
            axes.plot([], [], marker=marker, color="0.4", linestyle="none", fillstyle="none", label=kind)
        if any(branch.stable for branch in result):
            axes.plot([], [], marker="o", color="0.4", linestyle="none", label="filled: stable")
        _finish(axes, r"mean of $x$" if moved else "state", r"variance of $x$")
    return drawn


@figure.register(TargetSolution)
def _of_targets(result: TargetSolution) -> matplotlib.figure.Figure:
    """Draw what part of the mean square rate is left beyond so many directions; of a chaotic generator its state."""
    if not len(result.spectrum):
        return solution(result.state)
    with paper_style():
        drawn, (axes,) = _panels(1, 3.4)
        left = 1.0 - np.cumsum(result.spectrum) / np.sum(result.spectrum)
        seen = left > 1e-12
        axes.semilogy(1 + np.flatnonzero(seen), left[seen], ".-", color=COLOURS[0])
        _finish(axes, "directions of the rates", "part of $\\langle\\phi^2\\rangle$ left")
    return drawn


@figure.register(JacobianSpectrum)
def _of_disc(result: JacobianSpectrum) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (plane, law) = _panels(2)
        draw_disc(plane, law, result)
    return drawn


@figure.register(PopulationsSpectrum)
def _of_bulk(result: PopulationsSpectrum) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (plane,) = _panels(1, 4.0)
        draw_bulk(plane, result)
    return drawn


@figure.register(FilteredSpectrum)
@figure.register(SpeciesSpectrum)
@figure.register(StatedSpectrum)
def _of_filters(result: Any) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (plane,) = _panels(1, 3.4)
        draw_support(plane, result)
    return drawn


@figure.register(SteppedSpectrum)
def _of_steps(result: SteppedSpectrum) -> matplotlib.figure.Figure:
    with paper_style():
        drawn, (plane,) = _panels(1, 4.0)
        draw_bulk(plane, result)
        theta = np.linspace(0.0, 2.0 * np.pi, _RATES)
        plane.plot(np.cos(theta), np.sin(theta), color="0.6", lw=0.8, ls=":")
        plane.set_xlabel(r"Re $z$")
        plane.set_ylabel(r"Im $z$")
    return drawn
