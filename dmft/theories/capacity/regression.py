"""How well sign-constrained weights fit targets that have nothing to do with the inputs.

min_w |y - X w|^2 + ridge N |w|^2 over weights within bounds; entries of X of variance sd^2, an offset is free, so that
means do not matter. By comparison with Gaussian variables (convex: the comparison is sharp at large N) [Thrampoulidis,
Abbasi & Hassibi, IEEE Trans. Inf. Theory 64, 5592 (2018)] sqrt(N) w_i sd_i = clip(s g, bounds), g standard normal, with

    tau^2 = 1 + E v^2,  beta = sqrt(alpha) tau - E g v >= 0,  s = 1/(sqrt(alpha)/tau + mu/sd^2),  mu beta = ridge,

and the residual is beta^2/alpha. For signs alone 1 - 1/(2 alpha) above alpha = 1/2, exact fits below.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.errors import answering
from dmft.models.checks import non_negative, positive
from dmft.models.perceptron import weight_limits
from dmft.numerics.monotone import increasing_root
from dmft.theories.capacity.capacity import question
from dmft.theories.capacity.clipped import Clipped
from dmft.theories.capacity.density import clipped_fields
from dmft.theories.capacity.solution import RegressionSolution
from dmft.theories.capacity.verification import legendre_rule, outcome

_TAIL = 12.0
_LEAST = -345.0  # of log(nu), below which its square is no number


@dataclass(frozen=True)
class _Fit:
    """The weights at a penalty mu, and what follows from them."""

    tau: float
    beta: float
    parts: tuple[Clipped, ...]
    mu: float


@answering
def solve_regression(
    perceptron: Any, load: float, *, limits: tuple[float, float] | None = None, ridge: float = 0.0
) -> RegressionSolution:
    """Return how well weights of the perceptron's signs fit P = load N targets that are independent of the inputs.

    Theory: the module's docstring; for signs alone the statistics of non-negative least squares in networks that are
    trained row by row [Ingrosso & Abbott, PLoS ONE 14, e0220547 (2019)].

    Parameters
    ----------
    perceptron : `dmft.Perceptron`; of it, the signs and the standard deviations of the inputs.
    load : alpha = P/N > 0, equations per weight.
    limits : (low, high), bounds of sqrt(N) |w_i|, in units of the target's sd over that of an input; high may be inf.
        Without a sign constraint bounds of sqrt(N) w_i, and low may be -inf. None: the signs alone.
    ridge : strength of the penalty ridge N |w|^2, >= 0, beside |residual|^2, in units of the inputs' variance.

    Returns
    -------
    RegressionSolution

    Raises
    ------
    ValueError, TypeError : for a load that is not positive, bounds that are not low < high, a negative ridge.

    Accuracy
    --------
    1e-11: `tests/limits/test_regression_limits.py`; simulations `tests/statistical/test_perceptron_simulation.py`.

    Cost
    ----
    1 ms.
    """
    weights, _ = question(perceptron)
    load, ridge = positive("load", load), non_negative("ridge", ridge)
    low, high = weight_limits(limits, signed=weights.signed)
    kinds = [(f, sd) for f, sd in zip(weights.fractions, weights.sd, strict=True) if f > 0.0]
    fit = _solve(kinds, low, high, load, ridge)
    residual = max(fit.beta, 0.0) ** 2 / load
    # A fit that is exact has beta = 0, found to rounding.
    exact = ridge == 0.0 and fit.beta <= 1e-9 * math.sqrt(load) * fit.tau
    square = sum(f * part.square / sd**2 for (f, sd), part in zip(kinds, fit.parts, strict=True))
    off = _misfit(kinds, fit, load, ridge, exact)
    widths = [1.0 / (math.sqrt(load) / fit.tau + fit.mu / sd**2) / sd for sd in weights.sd]
    return RegressionSolution(
        network=perceptron,
        convergence=outcome(off, "take a load farther from where the fit begins to be exact, where the norm diverges"),
        settings={"load": load, "limits": (low, high), "ridge": ridge},
        residual=0.0 if exact else residual,
        norm=math.sqrt(max(square, 0.0)),
        active=sum(f * part.within for (f, _), part in zip(kinds, fit.parts, strict=True)),
        load=load,
        limits=np.array([low, high]),
        ridge=ridge,
        state="exact" if exact else "residual",
        **clipped_fields(weights, (widths[0], widths[1]), (low, high)),
    )


def _solve(kinds: list[tuple[float, float]], low: float, high: float, load: float, ridge: float) -> _Fit:
    """Return the fit: mu >= 0 with mu beta(mu) = ridge, beta increasing; for ridge = 0 the least mu with beta >= 0."""

    def parts(nu: float, mu: float) -> tuple[Clipped, ...]:
        return tuple(Clipped(1.0 / (nu + mu / sd**2), low * sd, high * sd) for _, sd in kinds)

    def at(mu: float) -> _Fit | None:
        def excess(x: float) -> float:
            """Of nu^2 (1 + E v^2) over alpha, as logarithms; nu = sqrt(alpha)/tau."""
            nu = math.exp(x)
            squares = zip(kinds, parts(nu, mu), strict=True)
            spread = sum(f * (nu * part.scale) ** 2 * part.unit_square for (f, _), part in squares)
            total = nu * nu + spread
            return math.log(total) - math.log(load) if total > 0.0 else -math.inf

        if excess(_LEAST) > 0.0:  # no tau is large enough: the fit is exact
            return None
        x = increasing_root(excess, 0.5 * math.log(load), 1.0)
        nu, tau = math.exp(x), math.sqrt(load) * math.exp(-x)
        chosen = parts(nu, mu)
        overlap = sum(f * part.overlap for (f, _), part in zip(kinds, chosen, strict=True))
        return _Fit(tau, math.sqrt(load) * tau - overlap, chosen, mu)

    bare = at(0.0) if ridge == 0.0 else None
    if bare is not None and bare.beta >= 0.0:
        return bare

    def surplus(x: float) -> float:
        fit = at(math.exp(x))
        return -math.inf if fit is None else fit.beta - ridge * math.exp(-x)

    found = at(math.exp(increasing_root(surplus, 0.5 * math.log(load), 1.0)))
    if found is None:
        raise ArithmeticError(f"no fit was found at load {load:g} with limits ({low:g}, {high:g}) and ridge {ridge:g}")
    return found


def _misfit(kinds: list[tuple[float, float]], fit: _Fit, load: float, ridge: float, exact: bool) -> float:
    """Return by how much the equations are off, the moments of the clipped variables by quadrature."""
    nodes, mass = legendre_rule()
    square = overlap = 0.0
    for (f, _), part in zip(kinds, fit.parts, strict=True):
        ends = [-_TAIL, *sorted(min(max(b / part.scale, -_TAIL), _TAIL) for b in (part.low, part.high)), _TAIL]
        for a, b in itertools.pairwise(ends):
            g = 0.5 * (b - a) * nodes + 0.5 * (a + b)
            m = 0.5 * (b - a) * mass * np.exp(-0.5 * g * g) / math.sqrt(2.0 * math.pi)
            v = np.clip(part.scale * g, part.low, part.high)
            square, overlap = square + f * float(m @ v**2), overlap + f * float(m @ (g * v))
    # Near alpha = 1/2, where the norm diverges, an error of the equation is tau^2 times as large in the norm.
    of_norm = abs((1.0 + square) / fit.tau**2 - 1.0) * fit.tau**2
    off = abs(math.sqrt(load) * fit.tau - overlap - (0.0 if exact else fit.beta))
    of_residual = 2.0 * max(fit.beta, off) * off / load
    of_ridge = 0.0 if ridge == 0.0 else abs(fit.mu * fit.beta / ridge - 1.0)
    return of_norm + of_residual + of_ridge + 4.0 * float(np.finfo(float).eps) * fit.tau**2
