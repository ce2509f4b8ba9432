"""The phase diagram of a balanced network under a sinusoid, common or of random phases."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from dmft.errors import DMFTError
from dmft.models.checks import one_of
from dmft.models.drives import Sinusoid
from dmft.models.named import BalancedNetwork
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.critical_amplitude import critical_amplitude
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import grid, with_phases
from dmft.theories.reduction import reduced

if TYPE_CHECKING:
    import xarray


def drive_diagram(
    phases: Literal["common", "random"] = "common",
    *,
    network: BalancedNetwork | None = None,
    frequency: ArrayLike | None = None,
    amplitude: ArrayLike | None = None,
    **run: Any,
) -> xarray.Dataset:
    """Map the exponent of a balanced network over frequency and amplitude of a sinusoidal input.

    With the amplitude at which the input suppresses chaos: it grows as sqrt(K) for an input that is the same for all
    neurons, which the balance cancels, and stays of order 1 for independent phases [Engelken, Ingrosso, Khajeh, Goedeke
    & Abbott, PLoS Comput. Biol. 18, e1010590 (2022)].

    Parameters
    ----------
    phases : "common" (one input for all) or "random" (independent phases).
    network : balanced network, by default g = 2, K = 5000; its drive is replaced.
    frequency : grid, by default 9 from 0.05 to 1, geometric.
    amplitude : grid, by default up to 1.6 sqrt(K) for common and from 0.5 to 32, geometric, for random phases.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `lyapunov_exponent` and `phase` over drive.frequency and drive.amplitude, and the line "chaos".

    Warns
    -----
    RuntimeWarning : if the critical amplitude is not found at a frequency; the line has a hole there.

    Notes
    -----
    Accuracy: that of `critical_amplitude` and of the exponent. Cost: 0.1-1 s a point, and 0.3-5 s a point of the line.
    """
    one_of("phases", phases, ("common", "random"))
    base = BalancedNetwork(g=2.0, size=5000) if network is None else network
    usual = {"common": abs(reduced(base).bias) * np.linspace(0.1, 1.6, 16), "random": np.geomspace(0.5, 32.0, 13)}
    f, strengths = grid(frequency, np.geomspace(0.05, 1.0, 9)), grid(amplitude, usual[phases])
    driven = base.replace(drive=Sinusoid(float(strengths[0]), float(f[0]), phases))
    diagram = phase_diagram(
        driven,
        {"drive.frequency": f, "drive.amplitude": strengths},
        observe=[lyapunov_exponent],
        # Of several locked states at low frequency, the one that the suppressed state turns into.
        continuation="down" if phases == "common" else None,
        **run,
    )
    diagram = with_phases(diagram, {"chaotic": diagram["lyapunov_exponent"] > 0}, otherwise="chaos suppressed")
    edge = [_edge(driven.replace(**{"drive.frequency": float(value)})) for value in f]
    return with_line(
        diagram, "chaos", x=("drive.frequency", f), y=("drive.amplitude", edge), label=r"critical amplitude"
    )


def _edge(network: BalancedNetwork) -> float:
    """Return the critical amplitude, nan where it is not found: it must not take the map with it."""
    try:
        return float(critical_amplitude(network))
    except (DMFTError, ValueError, ArithmeticError) as error:
        warnings.warn(f"no critical amplitude was found for {network.drive!r}: {error}", RuntimeWarning, stacklevel=3)
        return math.nan
