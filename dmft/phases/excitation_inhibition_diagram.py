"""The phase diagram of an excitatory and an inhibitory population: input against the gain of the random couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.couplings import Couplings, Mean, Random
from dmft.models.dynamics import Leaky
from dmft.models.network import Network, Population, Populations
from dmft.models.symbolic import Symbolic
from dmft.observables.jacobian import jacobian_spectrum
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.branches import Branch, Branches, branches
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import ends, grid
from dmft.phases.static_lines import EVENTS, chained, static_events
from dmft.theories.blocks import blocks_of
from dmft.theories.composed import composed

if TYPE_CHECKING:
    import xarray

BIAS, GAIN = "populations.E.bias", "couplings.random.g"
_LABELS = {
    "fold": "two fixed points meet",
    "oscillation": "outliers turn over",
    "chaos": r"$\rho(K\langle\phi'^2\rangle) = 1$",
}


def excitation_inhibition_diagram(
    *,
    bias: ArrayLike | None = None,
    g: ArrayLike | None = None,
    network: Network | None = None,
    lines: int = 25,
    **run: Any,
) -> xarray.Dataset:
    """Map all states of an excitatory and an inhibitory population over the input to E and the gain.

    At small gain units of a population do the same: fixed points that coexist, and one that gives way to oscillation as
    inhibition lags behind. The spread of inputs that comes with the gain smooths the mean response: coexistence ends,
    and the fixed point becomes chaotic where the bulk of its Jacobian reaches the imaginary axis [Kadmon & Sompolinsky,
    PRX 5, 041030 (2015); Mastrogiuseppe & Ostojic, PLoS Comput. Biol. 13, e1005498 (2017)].

    Parameters
    ----------
    bias, g : grids, by default 19 inputs from -1.5 to 1.2 and 15 gains from 0.25 to 4.
    network : two populations "E" and "I" with one gain of all random couplings, by default of phi = sigmoid(2x),
        f_E = 0.8, tau_I = 2, means [[6, -12], [12, -2]] and an input of -1 to I.
    lines : number of gains at which the lines are found, by following all static states along the input.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `growth_rate` (of the state that the network is in: the chaotic one if it is stable, else the fixed
        point whose perturbations die out slowest; its exponent, or the rightmost point of its spectrum; of the least
        unstable state where none is stable), `states` and `stable_states` (their numbers) and `phase` over
        populations.E.bias and couplings.random.g, and the lines "fold", "oscillation" and "chaos".

    Raises
    ------
    ValueError : for a network without populations E and I, or with several gains.

    Notes
    -----
    Accuracy: that of `dmft.branches`; the lines to 1e-6 (`tests/unit/test_structure_diagrams.py`).
    Cost: 285 points of 0.3-3 s, and 1-2 s a gain of the lines.
    """
    base = usual() if network is None else composed(network)
    if not {"E", "I"} <= set(base.named):
        raise ValueError(
            f"the network must have populations E and I, got {', '.join(base.named) or 'one without a name'}"
        )
    inputs, gains = grid(bias, np.linspace(-1.5, 1.2, 19), "bias"), grid(g, np.linspace(0.25, 4.0, 15), "g")
    diagram = phase_diagram(
        base,
        {BIAS: inputs, GAIN: gains},
        observe={"growth_rate": growth_rate, "states": len_of, "stable_states": stable_states, "phase": phase},
        solve=branches,
        **run,
    )
    diagram["growth_rate"].attrs["units"] = "1/tau"
    along = np.linspace(*ends(gains), lines)
    place = list(base.named).index("E")
    low, high = ends(inputs)
    events = [static_events(blocks_of(base.replace(**{GAIN: gain})), place, low, high) for gain in along]
    for name in EVENTS:
        x, y = chained(along, events, name, 0.25 * (high - low))
        diagram = with_line(diagram, name, x=(BIAS, x), y=(GAIN, y), label=_LABELS[name])
    return diagram


def usual() -> Network:
    """Return the network of the default diagram."""
    phi = Symbolic("(1+tanh(2*x))/2")
    populations = {
        "E": Population(phi, fraction=0.8),
        "I": Population(phi, Leaky(2.0), bias=-1.0, fraction=0.2),
    }
    return Network(Populations(populations), Couplings(Random(1.0), Mean([[6.0, -12.0], [12.0, -2.0]])))


def phase(found: Branches) -> str:
    """Return the name of what the network may do, of all of its states."""
    moving = [b for b in found.stable if _moves(b)]
    still = len(found.stable) - len(moving)
    if moving:
        return "chaos, fixed point beside" if still else "chaos"
    if still:
        return "one fixed point" if still == 1 else "several fixed points"
    turning = [b for b in found if not _moves(b) and jacobian_spectrum(b.solution).radius < 1.0]
    return "oscillation" if turning else "no stable state found"


def growth_rate(found: Branches) -> float:
    """Return the rate at which perturbations of the network's state change."""
    moving = [b for b in found.stable if _moves(b)]
    if moving:
        return max(float(lyapunov_exponent(b.solution)) for b in moving)
    stable = [_rate(b) for b in found.stable]
    return max(stable) if stable else min(_rate(b) for b in found)


def len_of(found: Branches) -> int:
    """Return the number of states."""
    return len(found)


def stable_states(found: Branches) -> int:
    """Return the number of stable ones."""
    return len(found.stable)


def _moves(branch: Branch) -> bool:
    return branch.solution.state == "chaotic"


def _rate(branch: Branch) -> float:
    """Return the rightmost point of the spectrum of a fixed point, the exponent of what moves."""
    if _moves(branch):
        return float(lyapunov_exponent(branch.solution))
    spectrum = jacobian_spectrum(branch.solution)
    return float(max([spectrum.abscissa, *(z.real for z in spectrum.outliers)]))
