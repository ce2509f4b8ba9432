"""Which form of the averages a nonlinearity gets: closed form, else mixture of erfs, else Mehler series."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from dmft.models.nonlinearity import Erf, Linear, ReLU, Tanh, ThresholdPower
from dmft.numerics.gaussian.averages import Averages
from dmft.numerics.gaussian.erf_mixture import ErfMixtureAverages, erf_components, tanh_components
from dmft.numerics.gaussian.mehler import MehlerAverages
from dmft.numerics.gaussian.powers import LinearAverages, ThresholdPowerAverages


@singledispatch
def averages(nonlinearity: Any, variance: float) -> Averages:
    """Return the Gaussian averages of a nonlinearity at a variance.

    Parameters
    ----------
    nonlinearity : a built-in one (closed form) or any other with ``__call__`` and ``derivative`` (Mehler series).
    variance : c0 > 0 of the Gaussian argument.

    Returns
    -------
    Averages

    Raises
    ------
    FloatingPointError : if the nonlinearity returns a value that is not finite.

    Notes
    -----
    Accuracy: `tests/unit/test_gaussian.py` holds all closed forms against quadrature and mpmath (1e-13 relative).
    Cost: tanh 300 arcsines a point; erf and ReLU one; Mehler series 5-20 ms once, then its length a point.
    """
    return MehlerAverages(nonlinearity, variance)


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
