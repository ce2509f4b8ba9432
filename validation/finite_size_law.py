"""How far a quantity of N neurons may lie from the limit of large N: bounds that were measured, quantity by quantity.

|value_N - value| <= u (a/N + b/N^2), with u the largest size of the quantity (of a function of lag: at lag 0), or 1/tau
for exponents, whose deviations are of one size in absolute terms, whatever the exponent: networks of N neurons lie
lower by 14.5(9)/N at g = 1.5 (N = 500 to 2000; a third of the exponent at N = 1000), 12.8(5)/N at g = 2, 14.9(6)/N at
g = 3, by 7 to 12/N under noise and with plastic synapses.

What sets the scale in random networks is how slowly the population forgets, s = 1/(1 - g <phi'>) in units of tau
[Clark, Abbott & Litwin-Kumar, Phys. Rev. Lett. 131, 118401 (2023)]: fluctuations of averages over neurons live that
long, and the series in 1/N begins only where N >> s^2 (574 at g = 3, 1440 at g = 2, 5800 at g = 1.5, where networks of
500 neurons are often in limit cycles and their mean exponent is 0). The slope <phi'> is the simulation's own.

The measurement is tests/regression/make_finite_size.py, its numbers are in tests/regression/finite_size.json; that no
bound here is below them is tests/unit/test_finite_size_law.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from validation.notation import split_name
from validation.simulators.question import question_of

# s where no slope was measured, and the longest that a slope with an error tells.
_USUAL_MEMORY, _LONGEST_MEMORY = 40.0, 120.0

# What sums squares of covariances between units.
_SQUARES = ("inverse_dimension", "dimension", "psi", "covariance_blocks")

# Random networks: a in units of s, at lag 0 and for each tau of the lag (to 10 tau); at least 1.
_CORRELATION = {"corr_x": (0.2, 0.07), "corr_phi": (0.12, 0.07)}
_AVERAGE = (0.2, 0.0)
_DIMENSION = (0.8, 0.0)
_DIMENSION_AT_LEAST = 16.0
# b/a in units of s^2, and at least.
_SECOND, _SECOND_AT_LEAST = 0.1, 150.0
# Exponents in 1/tau: (a, b).
_EXPONENT = (16.0, 1500.0)

# Plastic networks, by the beginning of the name: (a, b). Anti-Hebbian ones (k < 0) lie low, C^x(0) by 20/N.
_ANTI_HEBBIAN = (("corr_phi", (15.0, 3000.0)), ("", (26.0, 5000.0)))
_HEBBIAN = (("corr_phi[0", (5.0, 750.0)), ("", (10.0, 1500.0)))

# Balanced networks: rates are held by the balance.
_BALANCED = (("mean_phi", (2.5, 100.0)), ("period_rate", (2.5, 100.0)), ("", (6.0, 500.0)))
# Networks with structure, at least: of random couplings alone, and where something coherent (means between populations,
# a low-rank term) fluctuates with the units. Of 50 to 200 networks of 125 to 500 units averages of the former (S6, S7,
# D1 of the sheet) lay within 5/N, of the latter (S8, F2) within 15(5)/N of the theory.
# Units that state their equations lay within 20/N (3 networks of 800; units.md, table E).
_BLOCKS, _COHERENT = (8.0, 1000.0), (30.0, 5000.0)
# Squared covariances between units, and dimensions, where means between populations are slow: 1/PR of ten E/I networks
# each of 400 and 800 next to the edge of chaos lay low by 23(7) and 13(7) %, 100/N, and scattered by a quarter between
# couplings. Twice that (`tests/unit/test_finite_size_law.py`).
_COHERENT_SQUARES = (200.0, 30000.0)

# Species: a and b/a in units of s = 1/(1 - sigma^2 <(dx/dw)^2>), which the fraction alive tells: 1/(1.6 (phi - 1/2)),
# or less, with immigration. Of 400 networks of 62 and 125 species each, at mu = 4, sigma = 0.8, the variance of
# abundances lay low by 1.3(6)/N at gamma = 0 (s = 2), by 4.0(7)/N at 0.5 (s = 4.3), the fraction alive high by 0.4(2)/N
# and 2.7(3)/N, the mean by 0.3/N or less. The numbers of 62 and of 125 do not tell a term
# in 1/N^2. Twice that (`tests/statistical/test_lotka_volterra_networks.py`).
_SPECIES, _SPECIES_SECOND, _SPECIES_USUAL, _SPECIES_LONGEST = 1.6, 30.0, 10.0, 20.0

# Exponents, chaotic and stable.
_BALANCED_CHAOS, _BALANCED_STABLE = (40.0, 5000.0), (10.0, 1500.0)


@dataclass(frozen=True)
class Law:
    """Bounds on the deviation from large N: |value_N - value| <= unit (first/N + second/N^2 + constant).

    Attributes
    ----------
    first, second : the coefficients; without its term in 1/N the deviation is within unit second/N^2.
    unit : what they are relative to; None: the largest size of the quantity.
    constant : what does not depend on N.
    """

    first: float
    second: float
    unit: float | None = None
    constant: float = 0.0

    def left_out(self, fit: Any, largest: float) -> float:
        """Return the bound on the bias of a fit, absolute.

        Parameters
        ----------
        fit : a `LargeN`, of order 0, 1 or more.
        largest : largest size of the quantity.
        """
        if fit.order == 0:
            relative = self.at(fit.sizes) @ np.abs(fit.weights)
        else:
            relative = fit.bias_factor(math.sqrt(self.second)) + self.constant * float(np.sum(np.abs(fit.weights)))
        return float((self.unit or largest) * relative)

    def at(self, sizes: Any) -> Any:
        """Return the bound at some sizes, in the unit."""
        n = np.asarray(sizes, dtype=float)
        return self.first / n + self.second / n**2 + self.constant


def law_of(quantity: str, simulation: Any) -> Law:
    """Return the bounds for a quantity of a simulation."""
    question, name = question_of(simulation.plan.network), split_name(quantity)[0].partition(".")[0]
    if question.species:
        return _species_law(name, simulation)
    if question.structured or question.excited:
        return _structured_law(name, quantity, simulation)
    if question.mean is not None:
        if not name.startswith("lyapunov"):
            return Law(*_by_beginning(name, _BALANCED))
        if _stable(simulation):
            return Law(*_BALANCED_STABLE, unit=1.0, constant=_alignment(simulation))
        return Law(*_BALANCED_CHAOS, unit=1.0)
    if question.plastic is not None:
        if name.startswith("lyapunov"):
            return Law(*_EXPONENT, unit=1.0)
        return Law(*_by_beginning(quantity, _ANTI_HEBBIAN if question.plastic.k < 0.0 else _HEBBIAN))
    law = random_law(quantity, memory(simulation))
    if name.startswith("lyapunov") and _stable(simulation):
        return replace(law, constant=_alignment(simulation) + _edge(simulation))
    return law


def _species_law(name: str, simulation: Any) -> Law:
    """Return the bounds for species at a fixed point; where they move, the widest."""
    if name.startswith("lyapunov"):
        return Law(*_EXPONENT, unit=1.0)
    s = _SPECIES_USUAL
    if "survival" in simulation.variables:
        alive = float(simulation.mean("survival", simulation.sizes[-1]))
        s = 1.0 / max(1.6 * (alive - 0.5), 1.0 / _SPECIES_LONGEST)
    first = max(2.0, _SPECIES * s)
    return Law(first, _SPECIES_SECOND * first)


def _structured_law(name: str, quantity: str, simulation: Any) -> Law:
    """Return the bounds for populations, low-rank terms and discrete time: those of random networks, or wider ones.

    That no deviation seen in the networks of table 8 is beyond them: tests/statistical/test_structure_networks.py.
    """
    law = random_law(quantity, memory(simulation))
    if name.startswith("lyapunov"):
        return replace(law, constant=_alignment(simulation) + _edge(simulation)) if _stable(simulation) else law
    question = question_of(simulation.plan.network)
    coherent = question.low_rank is not None or bool(np.any(question.moments[0]))
    first, second = _COHERENT if coherent or question.stated else _BLOCKS
    if coherent and name.startswith(_SQUARES):
        first, second = _COHERENT_SQUARES
    return replace(law, first=max(law.first, first), second=max(law.second, second))


def random_law(quantity: str, s: float) -> Law:
    """Return the bounds for a quantity of a random network whose population forgets in a time s."""
    name, at = split_name(quantity)
    name = name.partition(".")[0]
    if name.startswith("lyapunov"):
        return Law(*_EXPONENT, unit=1.0)
    if name.startswith(_SQUARES):
        first = max(_DIMENSION_AT_LEAST, s * _DIMENSION[0])
    else:
        zero, each_tau = _CORRELATION.get(name, _AVERAGE)
        first = max(1.0, s * (zero + each_tau * min(at or 0.0, 10.0)))
    return Law(first, first * max(_SECOND * s**2, _SECOND_AT_LEAST))


def memory(simulation: Any) -> float:
    """Return s = 1/(1 - g <phi'> max|H|), with the slope of the largest networks.

    It is what is usual where none was measured, and of units that state their equations: a slope of the output does not
    tell how they answer.
    """
    question = question_of(simulation.plan.network)
    if "mean_slope" not in simulation.variables or question.stated:
        return _USUAL_MEMORY
    slopes = np.abs(np.atleast_1d(simulation.mean("mean_slope", simulation.sizes[-1])))
    return 1.0 / max(1.0 - question.radius(slopes * question.peaks), 1.0 / _LONGEST_MEMORY)


def _by_beginning(name: str, table: Any) -> Any:
    return next(coefficients for beginning, coefficients in table if name.startswith(beginning))


def _stable(simulation: Any) -> bool:
    return float(simulation.mean("lyapunov_exponent", simulation.sizes[-1])) < 0.0


def _edge(simulation: Any) -> float:
    """Return a bound on how far the rightmost eigenvalue of a finite random matrix lies from its disc, in 1/tau.

    At rest it is the exponent. The spectral radius lies out by g sqrt(c/(4 N)) with c = log(N/(2 pi)) - 2 log log N
    [Rider, J. Phys. A 36, 3401 (2003)], below log(N)/2 for N up to a million.
    """
    size = simulation.sizes[0]
    return float(question_of(simulation.plan.network).gain * math.sqrt(math.log(size) / (8.0 * size)))


def _alignment(simulation: Any) -> float:
    """Return what the time that a tangent vector had to align leaves in an exponent of a stable state, in 1/tau.

    The kernels of a linear flow spread like T^(-1/2): over a duration D after a burn-in T that is log(1 + D/T)/(4 D).
    In chaos the vector aligns exponentially.
    """
    duration, burn_in = float(simulation.plan.duration), float(simulation.plan.burn_in)
    if burn_in == 0.0:
        return math.log(simulation.sizes[-1]) / (2.0 * duration)
    return math.log1p(duration / burn_in) / (4.0 * duration)
