"""Balanced networks driven by a common or an independent sinusoid: chaos, and the amplitude at which input ends it."""

from __future__ import annotations

import math
from concurrent.futures import Future
from typing import Any, TypeAlias

import dmft
from dmft.plotting import COLOURS, paper_style
from validation.cases import balanced_critical, balanced_exponent
from validation.cases.drawing import LAG, THEORY, named, panels, symbols
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section, compared
from validation.comparison import compare
from validation.estimators.period import OverPeriod
from validation.simulation import Simulation

GAIN, FREQUENCY = 2.0, 0.2
PERIOD = 1.0 / FREQUENCY

Begun: TypeAlias = tuple[dmft.BalancedNetwork, "Future[Simulation]"]


def run(budget: Budget) -> Content:
    """Compare exponents, means and covariances with networks, and draw the resonance and the growth with size."""
    size = budget.choose(1500, 2000)
    base = dmft.BalancedNetwork(GAIN, 5000, drive=dmft.Sinusoid(1.0, FREQUENCY))
    (locked, locked_networks), (moving, moving_networks) = _begin_locked(budget), _begin_periodic(budget)
    driven = balanced_exponent.begin(budget, base.replace(size=size))
    critical = balanced_critical.picture(budget, base)
    comparisons = dict(
        zip(
            ("independent input, locked", "independent input, exponent"),
            compared(dmft.solve_stationary(locked), locked_networks.result(), locked_networks.result()),
            strict=True,
        )
    )
    solution = dmft.solve_nonstationary(moving, 150.0, method=dmft.TwoTimeMarch(dt=0.05, window=50.0))
    simulation = moving_networks.result()
    comparisons["common input, over a period"] = compare(solution, simulation, tolerance=TOLERANCE)
    exponents, remark = balanced_exponent.picture(budget, base.replace(size=size), driven)
    with paper_style():
        period = Picture(
            "balanced-period",
            _period_figure(solution, simulation),
            "Mean, variance and covariance of h over a period of a common sinusoid of amplitude 0.6 sqrt(K), "
            "K = 1000. Lines: theory. Dots: networks, the largest, with standard errors.",
        )
    return Content(comparisons, (exponents, period, critical), (remark,))


def _begin_locked(budget: Budget) -> Begun:
    """Stable side, independent input: at a fixed K, networks of several N extrapolate to the theory."""
    network = dmft.BalancedNetwork(GAIN, 1000, drive=dmft.Sinusoid(10.0, FREQUENCY, "random"))
    return network, budget.start(
        network,
        budget.choose({500: 24, 1000: 14}, {500: 64, 1000: 40, 2000: 10}),
        duration=budget.choose(20.0, 40.0),
        burn_in=budget.choose(30.0, 120.0),
        measure=("correlation", "lyapunov"),
    )


def _begin_periodic(budget: Budget) -> Begun:
    """Chaotic side, common input: averages over the period, and at its times."""
    network = dmft.BalancedNetwork(GAIN, 1000, drive=dmft.Sinusoid(0.6 * math.sqrt(1000.0), FREQUENCY))
    return network, budget.start(
        network,
        budget.choose({1000: 48}, {500: 96, 1000: 64, 2000: 12}),
        duration=budget.choose(60.0, 80.0),
        burn_in=40.0,
        measure=("correlation", OverPeriod(PERIOD, max_lag=3 * PERIOD)),
        initial_states=4,
    )


def _period_figure(solution: Any, simulation: Simulation) -> Any:
    figure, (*single, pair) = panels(3, height=2.5)
    rows = solution.last_period()
    size, coordinates = simulation.sizes[-1], simulation.coordinates

    def measured(name: str) -> tuple[Any, Any]:
        return simulation.mean(f"period_{name}", size), simulation.standard_error(f"period_{name}", size)

    for axes, name, curve in zip(single, ("mean", "variance"), (solution.mean_x, solution.variance), strict=True):
        axes.plot(solution.times[rows] - solution.times[rows][0], curve[rows], color="black")
        symbols(axes, coordinates["phase"], *measured(name), ms=3.5, capsize=0)
        named(axes, r"time in the period ($\tau$)", f"{name} of h")
    values, errors = measured("covariance")
    for index, phase in enumerate((0, 5)):
        pair.plot(solution.lags, solution.band[rows.start + 10 * phase], color=COLOURS[index])
        look: dict[str, Any] = {"index": index, "ms": 3.0, "capsize": 0, "label": f"t = {0.5 * phase:g}"}
        symbols(pair, coordinates["period_lag"], values[phase], errors[phase], **look)
    tight: dict[str, Any] = {"columnspacing": 0.8, "handlelength": 1.2, "handletextpad": 0.4}
    pair.set_xlim(-0.3, 3 * PERIOD + 0.3)
    low, high = pair.get_ylim()
    pair.set_ylim(low, high + 0.15 * (high - low))  # room for the legend
    named(
        pair,
        LAG.replace(r" $\ell$", ""),
        "cov(h(t), h(t - lag))",
        legend="upper center",
        ncols=3,
        lines=THEORY,
        **tight,
    )
    return figure


section = Section(
    key="balanced",
    title="Balanced network with a common or an independent sinusoid",
    text=(
        "dh/dt = -h + J max(0, h) + sqrt(K) I0 + I(t), J_ij = -J0 sqrt(K)/N + g z_ij/sqrt(N). Theory in two times: "
        "Engelken, Ingrosso, Khajeh, Goedeke & Abbott (2022). A common input is cancelled by the balance and must grow "
        "as sqrt(K) to suppress chaos; an independent one acts at order one."
    ),
    run=run,
)
