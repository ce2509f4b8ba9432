"""The exact boundary of chaos under private white noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.numerics.gaussian import averages
from dmft.theories.reduction import reduced
from dmft.theories.stationary.centred.at_rest import origin


def noise_boundary(network: Any) -> float:
    """Return the intensity of private white noise at which the largest Lyapunov exponent is zero.

    There, C'' vanishes just after lag 0, hence c0 = g^2 <phi^2>; the energy of the correlation function then gives the
    intensity: (intensity/2)^2 = c0^2 - 2 g^2 Var(Phi), Phi' = phi [Schuecker, Goedeke & Helias, PRX 8, 041029 (2018)].

    Parameters
    ----------
    network : its g and its odd nonlinearity; the drive does not matter.

    Returns
    -------
    float : the intensity in units of 1/tau; 0 where noise never meets chaos (g phi'(0) <= 1), infinite where it never
        ends it (a nonlinearity that does not saturate).

    Raises
    ------
    ValueError : for a nonlinearity that is not odd, or partially symmetric couplings, for which this is not so.

    Notes
    -----
    Accuracy: 1e-10 relative (`tests/reference/test_critical_line_reference.py`). Cost: 1 ms.
    """
    from scipy.optimize import brentq

    network = reduced(network)
    if network.remembers or not network.centred:
        raise ValueError("the boundary is known without plasticity, mean couplings, bias and constant drive")
    if network.symmetry != 0:
        raise ValueError(f"the boundary is known for symmetry=0, got {network.symmetry}")
    g2 = network.g**2
    if averages(network.nonlinearity, 1.0).mean != 0:
        raise ValueError(f"the boundary is known for an odd nonlinearity, got {network.nonlinearity!r}")

    def excess(log_c0: float) -> float:
        c0 = math.exp(log_c0)
        return float(1.0 - g2 * averages(network.nonlinearity, c0).mean_square / c0)

    rest = origin(network)
    if rest is not None and rest.growth <= 1.0:
        return 0.0
    low = high = math.log(g2)
    while excess(low) >= 0:  # down to where g^2 <phi^2>/c0 nears g^2 phi'(0)^2 > 1, whatever the scale of phi
        low -= 2.0
    while excess(high) <= 0:
        high += 2.0
        if high > 40.0:
            return math.inf
    c0 = math.exp(brentq(excess, low, high, xtol=1e-15, rtol=8.9e-16))
    curvature = float(averages(network.nonlinearity, c0).mean_curvature(0.0, np.array([c0]))[0])
    return 2.0 * c0 * math.sqrt(max(1.0 - g2 * curvature, 0.0))
