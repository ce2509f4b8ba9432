"""Networks with structure: populations, low-rank terms, discrete time, sparse couplings."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import dmft
from dmft.plotting import paper_style
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.cases.structure_networks import (
    CASES,
    DRIVEN,
    NOISY,
    PERIOD,
    SPARSE_ENSEMBLES,
    excited_group,
    low_rank,
    low_rank_among,
    low_rank_in_steps,
    sparse,
)
from validation.cases.structure_pictures import (
    between_populations,
    excitable_group,
    finite_in_degrees,
    rotation,
    structured,
    swinging,
)
from validation.cases.structure_spectra import (
    THRESHOLDS,
    TWO_TAUS,
    coexisting,
    dimensions,
    spectra,
    with_mean,
    with_thresholds,
)
from validation.comparison import compare
from validation.estimators.period import OverPeriod
from validation.quantities import theory_numbers
from validation.simulation import Simulation

# Gains and outliers of the pictures of a low-rank term; in-degrees of the sparse ones.
STATIC, CHAOTIC, TURNING = 0.8, 2.0, 1.5
IN_DEGREES = (6, 8, 12, 16, 24)
SPARSE_GAIN = 2.0


def run(budget: Budget) -> Content:
    """Compare populations with networks, and draw what theory says of structure beside networks."""
    usual: dict[str, Any] = {
        "duration": budget.choose(50.0, 150.0),
        "burn_in": budget.choose(30.0, 50.0),
        "initial_states": budget.choose(2, 4),  # the scatter is between couplings
    }
    # Small networks have no power for exponents near 0.
    usual |= {"measure": budget.choose("correlation", ("correlation", "lyapunov"))}
    running = {
        # Couplings of its own for each case, so that their deviations are independent.
        title: replace(budget, seed=budget.seed + index).start(network, budget.choose(*counts), **usual | settings)
        for index, (title, (network, counts, settings)) in enumerate(CASES.items())
        if budget.choose(*counts)
    }
    solutions = {title: dmft.solve_stationary(CASES[title][0]) for title in running}
    found = {title: (solutions[title], begun.result()) for title, begun in running.items()}
    comparisons = {title: compare(*pair, tolerance=TOLERANCE) for title, pair in found.items()}
    n, count = budget.choose((500, 4), (1000, 8))
    parts = (0.05, 0.2, 0.4, 0.6, 0.8)
    groups = {part: _networks(budget, excited_group(part), n, count, ("correlation", "lyapunov")) for part in parts}
    lines = {
        g: [_networks(budget, low_rank(g, overlap), n, count, ("correlation", "kappa", "outlier")) for overlap in at]
        for g, at in ((STATIC, (1.2, 1.6, 2.0)), (CHAOTIC, (2.0, 2.4, 3.0)))
    }
    stepped = _of_rank_one(budget, n, low_rank_in_steps, CHAOTIC, 200.0)
    measures = ("correlation", "kappa", "outlier")
    turning = [_networks(budget, low_rank(g, [[2.5, -1.5], [1.5, 2.5]]), n, count, measures) for g in (0.5, 1.5, 2.0)]
    rest: dict[str, Any] = {"duration": 1.0, "burn_in": 60.0}
    two_taus, held = (
        budget.networks(network, {n: number}, measure=("correlation", "jacobian"), **rest)
        for network, number in ((TWO_TAUS, 1), (with_mean(0.0), 4))
    )
    sides = {h: budget.networks(with_mean(h), {n: budget.choose(3, 6)}, **rest) for h in (-0.3, -0.15, 0.0, 0.15, 0.3)}
    many: dict[str, Any] = {"measure": ("correlation", "dimension"), "duration": 30.0, "burn_in": 20.0}
    many["initial_states"] = budget.choose(8, 16)
    noisy = budget.networks(NOISY, budget.choose({300: 8, 600: 4}, {500: 32, 1000: 24}), **many)
    frozen = [budget.networks(with_thresholds(v), {n: budget.choose(4, 8)}, **many) for v in THRESHOLDS]
    if not budget.quick:  # squares of covariances scatter by several percent between networks of hundreds
        numbers = theory_numbers(solutions["noise"], noisy)
        numbers = {name: number for name, number in numbers.items() if name.startswith(("inverse", "covariance"))}
        comparisons["noise, dimension by block"] = compare(numbers, noisy, tolerance=TOLERANCE)
    locked = dmft.solve_periodic(DRIVEN)
    over: dict[str, Any] = {"measure": ("correlation", OverPeriod(PERIOD)), "duration": 40.0, "burn_in": 40.0}
    driven = budget.networks(DRIVEN, budget.choose({300: 12, 600: 8}, {500: 64, 1000: 32}), **over)
    if not budget.quick:  # what coherent means do to hundreds of units is as large as what is to be seen
        numbers = theory_numbers(locked, driven)
        numbers = {
            name: number for name, number in numbers.items() if name.startswith(("mean", "corr")) or "[1]" in name
        }
        comparisons["drives common to each"] = compare(numbers, driven, tolerance=TOLERANCE)
    with paper_style():
        pictures = (
            Picture(
                "structure-populations",
                between_populations(*found["chaos, time constants 1 and 2.5"]),
                "Covariance of x and C^phi of two chaotic populations with time constants 1 and 2.5: theory (lines) "
                "and the largest networks (mean and standard error, which go together along the lag).",
            ),
            Picture(
                "structure-driven",
                swinging(locked, driven, driven.sizes[-1]),
                "Mean and variance over units of two populations, each driven by a sinusoid of its own, a quarter of a "
                f"period apart: theory (lines) and networks of {driven.sizes[-1]} (mean and standard error).",
            ),
            Picture(
                "structure-group",
                excitable_group(groups, n),
                "A hyperexcitable group in a calm network (Aljadeff, Stern & Sharpee, 2015). Left: where the network "
                "at rest becomes unstable, rho(g_ab^2 f_b) = 1, in the plane of the group's size and gain. Right: the "
                f"largest exponent against its size along the dashed line; theory (line) and networks of {n} "
                "(symbols; finite networks lie below).",
            ),
            Picture(
                "structure-low-rank",
                structured(lines, n, points=budget.choose(25, 45)),
                "Random couplings with a term of rank one (Mastrogiuseppe & Ostojic, 2018): |kappa|, the variance of x "
                f"and its frozen part against the outlier of the couplings. Lines: theory; symbols: single networks of "
                f"{n}, each at its own measured outlier. Near the onset networks change sign and outlier and bulk mix.",
            ),
            Picture(
                "structure-low-rank-steps",
                structured(stepped, n, low_rank_in_steps, budget.choose(25, 45)),
                "The same in discrete time: the outlier at which structure begins, and what of x is frozen, are other "
                "than in continuous time where random couplings are strong.",
            ),
            *_shared_structure(budget, n),
            Picture(
                "structure-rotation",
                rotation(turning, n),
                "A term of rank two whose order parameters rotate, against the random strength: frequency (left) and "
                f"|kappa| (right); theory (lines) and single networks of {n}, beside the theory at their own outlier "
                "(crosses).",
            ),
            Picture(
                "structure-spectrum",
                spectra(two_taus, held, n),
                "Eigenvalues of the Jacobian. Left: time constants 1 and 3, one network and the edge of the bulk. "
                "Right: a fixed point held by the mean of the couplings; its outlier, and where it would be if the "
                "slopes of a network were not correlated with its couplings.",
            ),
            Picture(
                "structure-branches",
                coexisting(sides, n, budget.choose(13, 31)),
                "All states of one population with couplings of positive mean against its bias, and where networks end "
                "that start anywhere.",
            ),
            Picture(
                "structure-dimension",
                dimensions(noisy, frozen),
                "Left: (1/N) sum of squared covariances by block of populations A and B under noise, networks over "
                "theory. Right: dimension of a noisy population against the frozen part of its variance, thresholds of "
                "growing variance: theory (lines) and networks.",
            ),
            Picture(
                "structure-sparse",
                finite_in_degrees(_sparse_networks(budget)),
                "K (c0(K)/c0 - 1) of sparse networks in discrete time against 1/K, four ensembles of weights and "
                "in-degrees: networks (symbols) and the limit of the theory (at 1/K = 0, dashed).",
            ),
        )
    remark = (
        "A single network has an outlier of its own, which differs from the overlap of its vectors by 1/sqrt(N): "
        "theory evaluated there fits it, where that of the overlap scatters by tenths."
    )
    return Content(comparisons, pictures, (remark,))


def _networks(budget: Budget, network: Any, size: int, count: int, measure: Any, duration: float = 60.0) -> Simulation:
    times = {"duration": budget.choose(0.7, 1.0) * duration, "burn_in": budget.choose(30.0, 60.0)}
    return budget.networks(network, {size: count}, measure=measure, initial_states=2, **times)


def _of_rank_one(budget: Budget, size: int, of: Any, strong: float, duration: float) -> dict[float, list[Simulation]]:
    measures = ("correlation", "kappa", "outlier")
    return {
        g: [_networks(budget, of(g, overlap), size, budget.choose(2, 4), measures, duration) for overlap in at]
        for g, at in ((STATIC, (1.2, 1.6, 2.0)), (strong, (2.0, 2.4, 3.0)))
    }


def _shared_structure(budget: Budget, size: int) -> tuple[Picture, ...]:
    if budget.quick:  # its lines take seconds a point
        return ()
    among = _of_rank_one(budget, size, low_rank_among, 1.3 * CHAOTIC, 60.0)
    return (
        Picture(
            "structure-low-rank-populations",
            structured(among, size, low_rank_among, points=14),
            "A term of rank one that two populations share, tanh and erf, time constants 1 and 2, the second half "
            "as strongly coupled: |kappa|, and the variance of x in the first and its frozen part.",
        ),
    )


def _sparse_networks(budget: Budget) -> dict[str, list[Simulation]]:
    size, count = budget.choose((2000, 5), (4000, 12))
    settings = {"duration": budget.choose(60.0, 150.0), "burn_in": budget.choose(30.0, 50.0)}
    with warnings.catch_warnings():
        warnings.simplefilter("error", dmft.AccuracyWarning)  # weights of mean 0 have no coherent modes
        return {
            name: [budget.networks(sparse(k, SPARSE_GAIN, *kind), {size: count}, **settings) for k in IN_DEGREES]
            for name, kind in SPARSE_ENSEMBLES.items()
        }


section = Section(
    key="structure",
    title="Networks with structure",
    text=(
        "Several populations, each with its own nonlinearity, time constant, thresholds and noise, and gains and means "
        "by block; random couplings with a low-rank term; discrete time; sparse couplings."
    ),
    run=run,
)
