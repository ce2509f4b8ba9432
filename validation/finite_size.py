"""From networks of finite size to the limit of large N, with an error for the sample and a bound for the bias.

A quantity of a network of N neurons is value_N = value (1 + a_1/N + a_2/N^2 + ...). A fit of order p leaves out the
terms after 1/N^p. Its weights are fixed beforehand (number of realizations times N, since the variance between
networks falls about like 1/N), so the estimate is an unbiased linear combination of the means of the sizes, and its
error follows from the scatter that each size shows by itself, without assuming how it depends on N.

There is one such estimate of a quantity, `large_n`, for tables, figures and verdicts: of the sizes and orders that are
possible, the one whose error and bound on the bias (`finite_size_law`) together are smallest. Values have no say in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from validation.ensemble import checked_count
from validation.notation import split_name
from validation.verdict import CONFIDENCE, quantile

# Rounding of averages, so that an exact zero may be compared with an exact zero.
_FLOOR = {"float32": 1e-6, "float64": 1e-13}


@dataclass(frozen=True, eq=False)
class LargeN:
    """Estimate of a quantity at N -> infinity.

    Attributes
    ----------
    value, standard_error : the estimate, and the error from the scatter between networks.
    dof : degrees of freedom of that error (Welch-Satterthwaite); 0 if a size has a single realization.
    order : order p of the fit in 1/N.
    coefficient : a_1, in value (1 + a_1/N); nan for order 0.
    coefficient_error : its standard error.
    sizes, means, errors : what was fitted.
    weights : value = sum(weights * means).
    chi2, p_value : of the residuals, and the probability of larger ones if the order is right (1 if there are as many
        sizes as parameters, so that nothing can be tested).
    """

    value: float
    standard_error: float
    dof: float
    order: int
    coefficient: float
    coefficient_error: float
    sizes: FloatArray
    means: FloatArray
    errors: FloatArray
    weights: FloatArray
    chi2: float
    p_value: float

    def bias_factor(self, strength: float) -> float:
        """Return the relative bias that the first neglected term may leave, |a_(p+1)| <= strength^(p+1)."""
        left_out = (strength / self.sizes) ** (self.order + 1)
        return float(abs(np.sum(self.weights * left_out)))

    def __repr__(self) -> str:
        return f"LargeN({self.value:.6g} ± {self.standard_error:.2g}, order {self.order}, p = {self.p_value:.2g})"


def extrapolate_means(sizes: Any, means: Any, errors: Any, counts: Any, *, order: int = 1) -> LargeN:
    """Fit means = value (1 + a_1/N + ... ) to order p by weighted least squares.

    Parameters
    ----------
    sizes, means, errors, counts : for each size: N, mean over networks, its standard error, number of networks.
    order : p; 0 is the mean over all sizes.

    Raises
    ------
    ValueError : if there are not more sizes than the order.
    """
    n, y, e, c = (np.atleast_1d(np.asarray(a, dtype=float)) for a in (sizes, means, errors, counts))
    order = checked_count("order", order, least=0)
    if len(n) <= order:
        raise ValueError(f"a fit of order {order} needs at least {order + 1} sizes, got {len(n)}")
    # Columns in units of the smallest size, for the condition of the fit.
    powers = (n.min() / n)[:, None] ** np.arange(order + 1)
    root = np.sqrt(c * n)[:, None]
    solve = np.linalg.pinv(root * powers) * root.T
    value = float(solve[0] @ y)
    variances = (solve[0] * e) ** 2
    standard_error = math.sqrt(float(np.sum(variances)))
    coefficient = coefficient_error = math.nan
    if order >= 1 and value != 0.0:
        slope = solve[1] * n.min()
        coefficient = float(slope @ y) / value
        coefficient_error = math.sqrt(float(np.sum(((slope - coefficient * solve[0]) * e) ** 2))) / abs(value)
    chi2, p_value = _residual_test(y - powers @ (solve @ y), e, c, len(n) - order - 1)
    return LargeN(
        value=value,
        standard_error=standard_error,
        dof=_effective_dof(variances, c),
        order=order,
        coefficient=coefficient,
        coefficient_error=coefficient_error,
        sizes=n,
        means=y,
        errors=e,
        weights=solve[0],
        chi2=chi2,
        p_value=p_value,
    )


def _effective_dof(variances: FloatArray, counts: FloatArray) -> float:
    """Welch-Satterthwaite: the variance of a sum of means, each with an error estimated from few networks."""
    total = float(np.sum(variances))
    if not math.isfinite(total):
        return 0.0
    if total == 0.0:
        return float(np.sum(counts - 1))
    return total**2 / float(np.sum(variances**2 / np.maximum(counts - 1, 1e-9)))


def _residual_test(residuals: FloatArray, errors: FloatArray, counts: FloatArray, free: int) -> tuple[float, float]:
    """Return chi^2 of the residuals, and its p-value as Hotelling's T^2 would have it for errors that are estimated."""
    if free < 1 or not np.all(np.isfinite(errors)) or np.any(errors == 0.0):
        return math.nan, 1.0
    from scipy.stats import f as f_distribution

    chi2 = float(np.sum((residuals / errors) ** 2))
    return chi2, float(f_distribution.sf(chi2 / free, free, max(1.0, float(np.sum(counts - 1)))))


def extrapolate(simulation: Any, name: str, *, at: float | None = None, order: int | None = None) -> LargeN:
    """Extrapolate a result of a simulation to large N.

    Parameters
    ----------
    simulation : a `Simulation`.
    name : name of a scalar result, or of one with a coordinate (with `at`).
    at : value of that coordinate, for example a lag in units of tau.
    order : order in 1/N of a fit to all sizes; None for the estimate that `compare` takes.

    Raises
    ------
    ValueError : for an unknown name, a coordinate that is not on the grid, an order too high for the sizes.

    Accuracy
    --------
    Exact polynomials in 1/N are recovered to rounding, and the errors cover
    (tests/unit/test_validation_finite_size.py).
    """
    return large_n(simulation, name if at is None else f"{name}[{at:g}]", at=at, order=order)[0]


def large_n(
    simulation: Any, quantity: str, *, at: float | None = None, order: int | None = None
) -> tuple[LargeN, float]:
    """Return the estimate of a quantity at large N, and a bound on its bias, absolute.

    Parameters
    ----------
    simulation : a `Simulation`.
    quantity : a name like "lyapunov_exponent" or "corr_phi[5]".
    at : the coordinate in full precision; by default the one in the name.
    order : order in 1/N of a fit to all sizes; None for the smallest sum of bias and one-sided 95 % of the error.

    Raises
    ------
    ValueError : as `extrapolate`.
    """
    name, stated = split_name(quantity)
    at = stated if at is None else at
    plan, sizes = simulation.plan, simulation.sizes
    samples = [selected(simulation, name, at, size) for size in sizes]
    counts = [len(s) for s in samples]
    means = [float(np.mean(s)) for s in samples]
    drawn = getattr(plan, "couplings", None) is None  # the scatter of runs of one matrix is not that of matrices
    errors = [float(np.std(s, ddof=1)) / math.sqrt(len(s)) if drawn and len(s) > 1 else math.nan for s in samples]
    law = plan.law(quantity, simulation)
    largest = float(np.max(np.abs(simulation.mean(name.partition(".")[0], sizes[-1]))))
    by_step = plan.step_bias()
    if order is not None:
        asked = [(len(sizes), order)]
    else:
        asked = [(n, p) for n in range(1, len(sizes) + 1) for p in range(min(2, n))]
    fits = []
    for n, p in asked:
        fit = extrapolate_means(sizes[-n:], means[-n:], errors[-n:], counts[-n:], order=p)
        bias = law.left_out(fit, largest) + by_step * largest + _FLOOR[plan.dtype] * max(1.0, largest)
        fits.append((bias + _chance(fit, samples[-n:]), -n, p, fit, bias))
    # Without errors (a single network) every sum is infinite; then all sizes, at the lowest order.
    *_, found, bias = min(fits, key=lambda entry: entry[:3])
    return found, bias


def _chance(fit: LargeN, samples: list[FloatArray]) -> float:
    """Return what chance may do to a fit, to choose among fits by.

    From the scatter of all its sizes together, taken to fall like 1/sqrt(N): the smallest of errors that each come from
    few networks would be too small by being the smallest.
    """
    free = sum(len(s) - 1 for s in samples)
    if free < 1:
        return math.inf
    of_one = sum(size * float(np.sum((s - s.mean()) ** 2)) for size, s in zip(fit.sizes, samples, strict=True)) / free
    variance = sum(w**2 * of_one / (size * len(s)) for w, size, s in zip(fit.weights, fit.sizes, samples, strict=True))
    return quantile(1.0 - CONFIDENCE, free) * math.sqrt(variance)


def selected(simulation: Any, name: str, at: float | None, size: int) -> FloatArray:
    """Return a scalar result, or one at a value of its coordinate, for every network of a size.

    Results by population are named like "mean_phi.E", or "covariance_blocks_x.E.I".
    """
    name, *populations = name.split(".")
    values = np.asarray(simulation.values(name, size))
    dims, grids = simulation.variables[name][0], simulation.coordinates
    for population in populations:
        if not dims or not dims[0].endswith("population"):
            raise ValueError(f"{name} is not by population, got {name}.{'.'.join(populations)}")
        known = list(grids[dims[0]])
        if population not in known:
            raise ValueError(f"populations of {name} are {', '.join(known)}; got {population!r}")
        values, dims = values[:, known.index(population)], dims[1:]
    if dims and (at is None or dims[0].endswith("population")):
        example = f"{name}.{grids[dims[0]][0]}" if dims[0].endswith("population") else f"{name}[0]"
        raise ValueError(f"{name} depends on {', '.join(dims)}: say at which value, like {example}")
    if at is None:
        return values
    if len(dims) != 1:
        raise ValueError(f"{name} has the dimensions {dims}, not one that a single number selects")
    grid = grids[dims[0]]
    index = int(np.argmin(np.abs(grid - at)))
    if abs(grid[index] - at) > 1e-6 + 1e-5 * abs(at):  # names have six digits
        raise ValueError(
            f"{dims[0]} must be on the grid 0 ... {grid[-1]:g} of spacing {grid[1] - grid[0]:g}, got {at:g}"
        )
    return values[:, index]
