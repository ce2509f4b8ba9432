"""Gaussian vectors until an average is as accurate as was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import TooCostlyError, check_cost

FEWEST, FEWEST_SLOW = 64, 16  # draws to begin with, and where one of them takes long
_SLOW = 0.1  # seconds
_MOST = 10**7


@dataclass(frozen=True)
class Draws:
    """How many Gaussian vectors are drawn, each with its opposite.

    Attributes
    ----------
    accuracy : relative standard error to reach.
    samples : a number of draws; None: as many as the accuracy needs.
    """

    accuracy: float
    samples: int | None

    def until(self, more: Callable[[int], float], seconds: float, *, least: int = 2) -> bool:
        """Draw until it is enough; return whether the accuracy was reached.

        Parameters
        ----------
        more : draws so many more, and returns the relative standard error of all that have been drawn.
        seconds : estimate of one draw, from below.
        least : fewest draws that have an error.

        Raises
        ------
        TooCostlyError : before anything is drawn, or where the first draws show that it would take too long.
        """
        count = max(self.samples or (FEWEST if seconds < _SLOW else FEWEST_SLOW), least)
        self._check(count, seconds)
        relative = more(count)
        while self.samples is None and relative > self.accuracy:
            # A little more than these say, since they know it to some per cent only.
            wanted = math.ceil(1.1 * count * (relative / self.accuracy) ** 2)
            self._check(wanted, seconds)
            further = max(min(wanted, 4 * count) - count, 16)
            relative = more(further)
            count += further
        return relative <= self.accuracy

    def _check(self, count: int, seconds: float) -> None:
        what = f"{count:.3g} draws"
        if self.samples is None:
            what += f" for a relative standard error of {self.accuracy:.2g}"
        remedy = "raise accuracy, or give samples" if self.samples is None else "take fewer samples"
        if count > _MOST:
            raise TooCostlyError(f"{what} are too many, at most {_MOST:.0e} are tried; {remedy}")
        check_cost(what, seconds=count * seconds, remedy=remedy)


def directions(rng: np.random.Generator, n: int, d: int, *, scaled: bool) -> FloatArray:
    """Return n standard normal vectors of d components, and their opposites behind them, shape (2 n, d).

    Parameters
    ----------
    scaled : give each the norm sqrt(d). What is homogeneous of degree two in the vector keeps its average and loses the
        scatter of the norm; what does not depend on the norm keeps everything.
    """
    t = rng.standard_normal((n, d))
    if scaled:
        t *= math.sqrt(d) / np.linalg.norm(t, axis=1)[:, None]
    return np.concatenate([t, -t])
