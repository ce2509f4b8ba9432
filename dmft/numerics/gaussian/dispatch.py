"""Which form of the averages a nonlinearity gets: closed form, mixture of erfs, Mehler series, graded quadrature."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.models.nonlinearity import Erf, Linear, ReLU, Tanh, ThresholdPower
from dmft.numerics.gaussian.averages import Averages
from dmft.numerics.gaussian.erf_mixture import ErfMixtureAverages, erf_components, tanh_components
from dmft.numerics.gaussian.graded import GradedAverages
from dmft.numerics.gaussian.mehler import MehlerAverages
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.numerics.gaussian.powers import LinearAverages, ThresholdPowerAverages

_SMOOTH = 0.04  # panel in standard deviations below which a series would be long
_AGREE = 1e-13  # relative error at which the series serves
_ROUGH = 96  # terms of a series that only locates


@singledispatch
def averages(nonlinearity: Any, variance: float) -> Averages:
    """Return the Gaussian averages of a nonlinearity at a variance.

    Parameters
    ----------
    nonlinearity : a built-in one (closed form) or any other with ``__call__`` and ``derivative``: a Mehler series, if
        those of phi and of phi' are short and agree with a second quadrature, else graded quadrature.
    variance : c0 > 0 of the Gaussian argument.

    Returns
    -------
    Averages

    Raises
    ------
    FloatingPointError : if a value is not finite, phi jumps, or grows so fast that the averages do not exist.

    Notes
    -----
    Accuracy: `tests/unit/test_gaussian.py` holds all closed forms against quadrature and mpmath (1e-13 relative).
    `tests/reference/test_averages_reference.py` holds graded quadrature to 1e-12.
    Cost: tanh 400 arcsines a point; erf and ReLU one; Mehler series 5 ms once, then its length a point; graded
    quadrature 2 ms once and 2 ms a covariance, or 0.2-0.5 s for all.
    """
    if hasattr(nonlinearity, "gaussian_kernel"):
        return MehlerAverages(nonlinearity, variance)
    panels = resolve(nonlinearity, math.sqrt(variance))
    if not len(panels.kinks) and np.min(np.diff(panels.edges)) > _SMOOTH * panels.sigma:
        series = MehlerAverages(nonlinearity, variance, panels)
        if max(series.error, series.slope_error) < _AGREE:
            return series
    return GradedAverages(nonlinearity, variance, panels)


def is_closed(nonlinearity: Any) -> bool:
    """Whether a nonlinearity has averages in closed form."""
    return averages.dispatch(type(nonlinearity)) is not averages.dispatch(object)


def averages_within(nonlinearity: Any, variance: float, accuracy: float) -> Averages:
    """Return averages of a relative error of at most `accuracy`: the fastest form that has it, for what is sampled."""
    if is_closed(nonlinearity) or hasattr(nonlinearity, "gaussian_kernel"):
        return averages(nonlinearity, variance)
    panels = resolve(nonlinearity, math.sqrt(variance))
    series = MehlerAverages(nonlinearity, variance, panels)
    if max(series.error, series.slope_error) <= accuracy:
        return series
    return GradedAverages(nonlinearity, variance, panels, tail=accuracy)


def rough_averages(nonlinearity: Any, variance: float) -> Averages:
    """Return averages good to a percent or so, without a look at their error: to locate what is then refined."""
    with np.errstate(all="ignore"):
        return MehlerAverages(nonlinearity, variance, lengths=(_ROUGH,))


@averages.register
def _(nonlinearity: Tanh, variance: float) -> Averages:
    return ErfMixtureAverages(*tanh_components(), variance)


@averages.register
def _(nonlinearity: Erf, variance: float) -> Averages:
    return ErfMixtureAverages(*erf_components(), variance)


@averages.register
def _(nonlinearity: ReLU, variance: float) -> Averages:
    return ThresholdPowerAverages(1.0, variance)


@averages.register
def _(nonlinearity: ThresholdPower, variance: float) -> Averages:
    return ThresholdPowerAverages(nonlinearity.n, variance)


@averages.register
def _(nonlinearity: Linear, variance: float) -> Averages:
    return LinearAverages(variance)
