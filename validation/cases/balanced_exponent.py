"""The exponent of a balanced network against the amplitude of its input, with networks beside the theory.

What separates the exponent of a network from the theory (g = 2, f = 0.2, K = 4000; differences in 1/tau):
* its size. Chaotic, common a = 0.4: -0.037(8), -0.013(4), -0.005(2) for N = 1000, 2000, 4000; independent I1 = 1:
  -0.036(6), -0.013(4), -0.003(1). That is about -30/N. Single networks of N = 1000 scatter by 0.03, those of 4000 by
  0.005 to 0.02, however long they run: the same couplings at all amplitudes would make all dots lie off to one side.
* on the locked side also the time that the tangent vector had: N = 1000, common a = 1.2: -0.034(7), -0.024(7) after a
  burn-in of 40, 160; independent I1 = 6: -0.017(7), -0.009(6).
* not the time step: half of it changes the exponent by +0.003(9) (chaotic) and -0.0016(5) (locked, same networks).
* not the burn-in on the chaotic side: +0.040(6) after 40, +0.036(7) after 160 at a = 0.4, N = 1000.
"""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import EXPONENT, large_n, named, networks, panels, zero
from validation.cases.section import TOLERANCE, Budget, Picture
from validation.comparison import compare
from validation.row import Row
from validation.simulation import Simulation


@dataclass(frozen=True)
class _Input:
    """A kind of input; amplitudes in its unit.

    Attributes
    ----------
    phases, title, label : of the sinusoid, of the panel and of its axis.
    grows : whether the unit is sqrt(K).
    dots : amplitudes with networks, quick and full.
    end : near the critical amplitude.
    largest : end of the axis.
    """

    phases: str
    title: str
    label: str
    grows: bool
    dots: tuple[tuple[float, ...], tuple[float, ...]]
    end: float
    largest: float

    def driven(self, network: dmft.BalancedNetwork) -> tuple[dmft.BalancedNetwork, float]:
        """Return the network with this input, and the unit of its amplitude."""
        return network.replace(**{"drive.phases": self.phases}), math.sqrt(network.size) if self.grows else 1.0


_INPUTS = (
    _Input("common", "common input", r"$I_1/\sqrt{K}$", True, ((0.3, 1.5), (0.3, 0.6, 1.2, 1.5)), 0.9, 1.6),
    _Input("random", "independent input", r"$I_1$", False, ((1.0, 10.0), (1.0, 2.5, 6.0, 12.0)), 4.0, 15.2),
)


def begin(budget: Budget, network: dmft.BalancedNetwork) -> list[list[Future[Simulation]]]:
    """Begin the networks of the dots: couplings of their own for each, so that deviations do not come again."""
    running: list[list[Future[Simulation]]] = []
    seed = budget.seed
    for kind in _INPUTS:
        driven, unit = kind.driven(network)
        running.append([])
        for a in budget.choose(*kind.dots):
            seed += 1
            at = driven.replace(**{"drive.amplitude": unit * a})
            running[-1].append(_networks(replace(budget, seed=seed), at, chaotic=a < kind.end))
    return running


def _networks(budget: Budget, network: dmft.BalancedNetwork, *, chaotic: bool) -> Future[Simulation]:
    """Begin networks of N/2 and N at the same K, so that they extrapolate to the theory's line.

    Chaotic ones fluctuate in time: several states of each. In locked ones all states are the same, and a tangent vector
    aligns slowly: kernels spread like T^(-1/2), which lowers the exponent by log(1 + D/T)/(4 D) over a duration D after
    a burn-in T.
    """
    few, many = budget.choose((6, 3), (6, 4)) if chaotic else budget.choose((8, 4), (16, 10))
    size = int(network.size)
    return budget.start(
        network,
        {size // 2: few, size: many},
        duration=budget.choose(30.0, 80.0) if chaotic else budget.choose(20.0, 40.0),
        burn_in=budget.choose(20.0, 40.0) if chaotic else budget.choose(30.0, 120.0),
        measure=("lyapunov",),
        initial_states=budget.choose(2, 4) if chaotic else 1,
    )


def picture(
    budget: Budget, network: dmft.BalancedNetwork, running: list[list[Future[Simulation]]]
) -> tuple[Picture, str]:
    """Return the figure: theory, networks and their large-N estimate; and the remark that lists the last."""
    size, points = int(network.size), budget.choose(12, 30)
    with paper_style():
        figure, both = panels(2, sharey=True)
        found: list[Row] = []
        for index, (axes, kind, begun) in enumerate(zip(both, _INPUTS, running, strict=True)):
            driven, unit = kind.driven(network)
            # no amplitude of the grid lies within a thousandth of the critical one, where states merge
            line = _theory(driven, unit * kind.largest * (np.arange(points) + 0.37) / points)
            dots = np.array(budget.choose(*kind.dots))
            simulations, expected = [each.result() for each in begun], _theory(driven, unit * dots)
            rows = [
                compare({"lyapunov_exponent": float(e)}, s, tolerance=TOLERANCE).rows[0]
                for s, e in zip(simulations, expected, strict=True)
            ]
            zero(axes)
            axes.plot(line["drive.amplitude"] / unit, line, color=COLOURS[index], label="theory")
            look: dict[str, Any] = {"fmt": "o", "index": index, "label": f"networks, N = {size}"}
            networks(axes, dots, simulations, "lyapunov_exponent", size, **look)
            large_n(axes, dots, rows)
            axes.set_title(kind.title)
            named(axes, f"amplitude {kind.label}", EXPONENT if index == 0 else "")
            found += rows
    each = ", ".join(f"{row.estimate.value - row.theory:+.3f}({row.error:.3f}; {row.bias_bound:.3f})" for row in found)
    return Picture(
        "balanced-exponent",
        figure,
        f"Largest exponent against the amplitude of a sinusoid (f = {network.drive.frequency}). Lines: theory. "
        f"Circles: networks with N = K = {size}, mean and standard error. Finite networks lie below the theory, on the "
        "chaotic side by about 30/N. Diamonds: large-N estimate from N/2 and N at the same K; thin bars: its "
        "error and the bound on its bias.",
    ), (
        f"Largest exponents of networks of N = {size // 2} and {size}, large-N estimate less the theory in 1/tau (its "
        f"error; bound on its bias): {each}."
    )


def _theory(network: dmft.BalancedNetwork, amplitudes: Any) -> Any:
    """Return the exponent against the amplitude, each state from the one before."""
    diagram = dmft.phase_diagram(network, {"drive.amplitude": amplitudes}, dmft.lyapunov_exponent, continuation="up")
    return diagram["lyapunov_exponent"]
