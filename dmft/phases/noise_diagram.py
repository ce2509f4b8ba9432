"""The phase diagram of a random network under private white noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.drives import WhiteNoise
from dmft.models.named import RandomNetwork
from dmft.models.nonlinearity import Nonlinearity, Tanh, is_odd
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.critical import critical_line
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_critical_line, with_line
from dmft.phases.noise_boundary import noise_boundary
from dmft.phases.preset import ends, grid, with_phases

if TYPE_CHECKING:
    import xarray


def noise_diagram(
    *,
    g: ArrayLike | None = None,
    intensity: ArrayLike | None = None,
    nonlinearity: Nonlinearity = Tanh(),
    **run: Any,
) -> xarray.Dataset:
    """Map the exponent of a random network over gain and intensity of private white noise.

    With two lines: where the exponent is zero (for an odd nonlinearity the exact curve, else found by `critical_line`),
    and where g^2 <phi'^2> = 1, beyond which perturbations grow at first. Between the two the network expands locally
    and is stable all the same [Schuecker, Goedeke & Helias, PRX 8, 041029 (2018)].

    Parameters
    ----------
    g, intensity : grids, by default 51 gains from 0.5 to 3 and 21 intensities from 0.01 to 2.
    nonlinearity : phi.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `lyapunov_exponent`, `growth` (g sqrt<phi'^2>) and `phase` over g and drive.intensity, and the
        lines "chaos" and "expansion".

    Notes
    -----
    Accuracy: `tests/reference/test_critical_line_reference.py`. Cost: 1071 points of 20-40 ms.
    """
    gains, intensities = grid(g, np.linspace(0.5, 3.0, 51)), grid(intensity, np.linspace(0.01, 2.0, 21))
    network = RandomNetwork(g=1.0, nonlinearity=nonlinearity, drive=WhiteNoise(1.0))
    diagram = phase_diagram(
        network,
        {"g": gains, "drive.intensity": intensities},
        observe=[lyapunov_exponent, growth],
        **run,
    )
    phases = {"chaotic": diagram["lyapunov_exponent"] > 0, "locally expanding, stable": diagram["growth"] > 1}
    diagram = with_phases(diagram, phases, otherwise="stable")
    low, high = ends(intensities)
    low = low or 1e-3 * high
    if is_odd(nonlinearity):
        along = np.linspace(*ends(gains), 201)
        edge = np.array([noise_boundary(network.replace(g=gain)) for gain in along])
        edge[~((edge > 0) & (edge <= high))] = math.nan
        diagram = with_line(
            diagram, "chaos", x=("g", along), y=("drive.intensity", edge), label=r"$\lambda = 0$ (exact)"
        )
    else:
        limits = {"drive.intensity": (low, high)}
        line = critical_line(network, {"g": gains}, over=limits, observable=lyapunov_exponent)
        diagram = with_critical_line(diagram, line, "chaos", label=r"$\lambda = 0$")
    along = np.linspace(low, high, 21)
    settings: dict[str, Any] = {"observable": growth, "level": 1.0, "rtol": 1e-4}
    line = critical_line(network, {"drive.intensity": along}, over={"g": ends(gains)}, **settings)
    return with_critical_line(diagram, line, "expansion", label=r"$g^2\langle\phi'^2\rangle = 1$")


def growth(solution: Any) -> float:
    """Return g sqrt<phi'^2>, 1 plus the abscissa of the Jacobian: above 1 most perturbations grow at first."""
    return float(solution.reduction.g * math.sqrt(solution.mean_square_slope))
