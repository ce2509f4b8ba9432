"""How far a quantity of N neurons may lie from the limit of large N: bounds that were measured, quantity by quantity.

value_N = value + u (a/N + ...), u the largest size of the quantity (of a function of lag: at lag 0), or 1/tau for
exponents, whose deviations are of one size in absolute terms whatever the exponent. `Law.first` bounds |a| for a mean
over sizes, `Law.second` what a line in 1/N leaves.

What sets the scale of a in random networks is how slowly the population forgets, s = 1/(1 - g <phi'>) in units of tau
[Clark, Abbott & Litwin-Kumar, Phys. Rev. Lett. 131, 118401 (2023)]: fluctuations of the averages over neurons live that
long, and the series in 1/N holds only for N >> s^2 (at g = 1.5, s^2 = 5800: networks of 500 neurons are often in limit
cycles and their mean exponent is 0; at g = 2, 1440; at g = 3, 574). The slope <phi'> is the simulation's own.

The measurement is tests/reference/make_finite_size.py, its numbers tests/reference/finite_size.json; that no bound here is
below them is tests/unit/test_finite_size_law.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dmft.models.balanced import BalancedNetwork
from dmft.models.plastic import PlasticNetwork
from validation.quantities import split_name

# Sizes below s^2 times this do not follow a series in 1/N.
_SERIES_FROM = 1.0 / 8.0
# s where no slope was measured, and the longest that is told from a slope with an error.
_USUAL_MEMORY, _LONGEST_MEMORY = 40.0, 120.0


@dataclass(frozen=True)
class Law:
    """Bounds on the coefficients of value_N = value + unit (a/N + b/N^2).

    Attributes
    ----------
    first : bound on |a|, such that |value_N - value| <= unit first/N at every size from `smallest` on.
    second : bound on |b|, of what is left of that deviation without its term a/N.
    unit : what they are relative to; None: the largest size of the quantity.
    smallest : N below which they do not hold.
    constant : bound on what does not depend on N, in the same unit.
    """

    first: float
    second: float
    unit: float | None = None
    smallest: float = 0.0
    constant: float = 0.0

    def left_out(self, fit: Any, largest: float) -> float:
        """Return the bound on the bias of a fit (a `LargeN`), absolute; infinite for sizes that are too small.

        Parameters
        ----------
        fit : of order 0, 1 or more.
        largest : largest size of the quantity.
        """
        if float(min(fit.sizes)) < self.smallest:
            return math.inf
        relative = fit.bias_factor(self.first if fit.order == 0 else math.sqrt(self.second))
        return float((self.unit or largest) * (relative + self.constant))


def law_of(quantity: str, simulation: Any) -> Law:
    """Return the bounds for a quantity of a simulation."""
    network = simulation.plan.network
    if isinstance(network, BalancedNetwork):
        return _balanced(quantity, simulation)
    if isinstance(network, PlasticNetwork):
        return _plastic(quantity, simulation)
    return _random(quantity, simulation)


def memory(simulation: Any) -> float:
    """Return s = 1/(1 - g <phi'>), with the slope of the largest networks; what is usual where none was measured."""
    if "mean_slope" not in simulation.variables:
        return _USUAL_MEMORY
    slope = float(simulation.mean("mean_slope", simulation.sizes[-1]))
    return 1.0 / max(1.0 - simulation.plan.network.g * abs(slope), 1.0 / _LONGEST_MEMORY)


def _random(quantity: str, simulation: Any) -> Law:
    name, at = split_name(quantity)
    s = memory(simulation)
    smallest = _SERIES_FROM * s**2
    if name.startswith("lyapunov"):
        return Law(*_EXPONENT, unit=1.0, smallest=smallest, constant=_alignment(simulation))
    if name.startswith(("inverse_dimension", "dimension", "psi")):
        return Law(*_DIMENSION, smallest=smallest)
    if name.startswith("corr"):
        zero, per_lag = _CORRELATION[name]
        first = s * (zero + per_lag * min(at or 0.0, 10.0))
    else:
        first = s * _SLOPE
    return Law(max(first, 1.0), max(first, 1.0) * _SERIES_FROM * s**2, smallest=smallest)


# Multiples of s: of C at lag 0, and for each tau of the lag.
_CORRELATION = {"corr_x": (0.3, 0.06), "corr_phi": (0.1, 0.06)}
_SLOPE = 0.1
_EXPONENT = (20.0, 3000.0)
_DIMENSION = (40.0, 1e4)


def _plastic(quantity: str, simulation: Any) -> Law:
    name, _ = split_name(quantity)
    if name.startswith("lyapunov"):
        return Law(*_EXPONENT, unit=1.0)
    return Law(*_PLASTIC)


_PLASTIC = (25.0, 5000.0)


def _balanced(quantity: str, simulation: Any) -> Law:
    name, _ = split_name(quantity)
    if name.startswith("lyapunov"):
        return Law(40.0, 1e4, unit=1.0, constant=_alignment(simulation))
    return Law(*_BALANCED)


_BALANCED = (8.0, 2000.0)


def _alignment(simulation: Any) -> float:
    """Return what the time that a tangent vector had to align leaves in an exponent of a stable state, in 1/tau.

    The kernels of a linear flow spread like T^(-1/2): over a duration D after a burn-in T that is log(1 + D/T)/(4 D). In
    chaos the vector aligns exponentially.
    """
    size = simulation.sizes[-1]
    if float(simulation.mean("lyapunov_exponent", size)) >= 0.0 or simulation.plan.burn_in == 0.0:
        return 0.0
    burn_in, duration = simulation.plan.burn_in, simulation.plan.duration
    return math.log1p(duration / burn_in) / (4.0 * duration)
