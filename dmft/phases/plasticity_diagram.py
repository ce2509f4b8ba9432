"""The phase diagram of a plastic network: gain against plasticity strength."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.named import PlasticNetwork
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.critical import critical_line
from dmft.phases.diagram import phase_diagram
from dmft.phases.freezing import freezing_threshold
from dmft.phases.lines import with_critical_line, with_line
from dmft.phases.preset import corr_phi, ends, grid
from dmft.phases.semi_freezing import semi_freezing_threshold
from dmft.sweeps.sweep import Continuation
from dmft.theories.fixed_points import fixed_points
from dmft.theories.stationary.plastic import solve_plastic

if TYPE_CHECKING:
    import xarray

# Fluctuations slow down where plasticity is strong and g small; a chain keeps the window it starts with.
_WINDOW = 409.6


def plasticity_diagram(
    *,
    p: float = 2.5,
    g: ArrayLike | None = None,
    k: ArrayLike | None = None,
    freezing: bool = True,
    continuation: Continuation = "down",
    accuracy: float = 0.01,
    **run: Any,
) -> xarray.Dataset:
    """Map the state of a plastic network over gain g and plasticity strength k.

    With the lines that are known: g = 1, where x = 0 becomes unstable whatever k; k_c(g), above which exponentially
    many stable fixed points coexist; and, for g > 1, where a network whose synapses are halted begins to keep a memory
    of the halt (semi-freezing) and to come to rest there (freezing) [Clark & Abbott, PRX 14, 021001 (2024)]. The onset
    of the chaos that plasticity induces below g = 1 is of first order and has no local criterion: it shows as the edge
    of the map when g is followed downwards from where the network is chaotic anyway.

    Parameters
    ----------
    p : synaptic over neuronal time constant.
    g, k : grids, by default 9 gains from 0.7 to 3 and 9 strengths from -2 to 2.
    freezing : whether to find the two lines of halted synapses (30 s of CPU for each gain above 1.2).
    continuation : along g, as in `phase_diagram`.
    accuracy : largest standard error of C^phi(0) that is accepted.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `corr_phi` (C^phi(0)) and `lyapunov_exponent`, each with its standard error, and `phase` over g and
        k; the lines "onset", "coexistence", "semi_freezing" and "freezing".

    Notes
    -----
    Accuracy: that of the plastic theory; strong plasticity (k > 1.5) is slow, and may not reach it: those points are
    marked as failed. Cost: 5-10 s of CPU a point.
    """
    gains = grid(g, [0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0, 2.5, 3.0])
    strengths = grid(k, np.linspace(-2.0, 2.0, 9))
    network = PlasticNetwork(g=1.5, k=0.0, p=p)
    diagram = phase_diagram(
        network,
        {"k": strengths, "g": gains},
        observe=[corr_phi, lyapunov_exponent, "state"],
        solve=partial(solve_plastic, window=_WINDOW, accuracy=accuracy, rtol=2e-4),
        continuation=continuation,
        **run,
    ).transpose(..., "g", "k")
    low, high = ends(strengths)
    if gains.min() < 1.0 < gains.max():
        diagram = with_line(diagram, "onset", x=("g", [1.0, 1.0]), y=("k", [low, high]), label=r"$g = 1$")
    if high > 0.5:
        along = {"g": np.linspace(*ends(gains), 9)}
        # The count does not need the dynamic state: its theory is that of the fixed points.
        line = critical_line(
            network, along, over={"k": (0.5, max(high, 1.0))}, observable="complexity", solve=fixed_points, rtol=1e-4
        )
        diagram = with_critical_line(diagram, line, "coexistence", label="fixed points coexist")
    if freezing and gains.max() > 1.2 and high > 0:
        moving = gains[gains > 1.2]
        for name, threshold, label in (
            ("semi_freezing", semi_freezing_threshold, "halt is remembered"),
            ("freezing", freezing_threshold, "halt freezes"),
        ):
            found = [threshold(network.replace(g=float(value)), samples=4800, noise_seeds=2) for value in moving]
            strength = np.array([value if value <= high else math.nan for value in found], dtype=float)
            error = [value.standard_error for value in found]
            diagram = with_line(diagram, name, x=("g", moving), y=("k", strength), label=label, error=error)
    return diagram
