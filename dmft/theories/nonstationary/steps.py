"""Transients in discrete time: mean, covariances of any two steps, and the overlap of two copies, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import OutOfWorkError, allow, limited
from dmft.cost import TooCostlyError, check_cost
from dmft.models.checks import integer
from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.blocks import Blocks
from dmft.theories.composed import discrete
from dmft.theories.low_rank import has_low_rank
from dmft.theories.nonstationary.initial import of_each, stated_state
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.one_step import OneStep

_SECONDS_A_STEP, _SECONDS_A_PAIR = 1e-3, 1e-4  # of one population
_SETTLED, _DECAYED = 1e-3, 1e-2  # as of a march in continuous time


@dataclass(frozen=True)
class StepByStep(Spelt):
    """The exact one-step maps of units in discrete time (`dmft.Map()`), any number of populations.

    m(t + 1) = h + A <phi> + I(t + 1), c(t + 1, s + 1) = K <phi(x(t)) phi(x(s))> + s + C_xi(t - s), from x(0)
    independent of everything; a private drive WhiteNoise(intensity) has the variance `intensity` in every step. Two
    copies of the network that start from different x(0) have the covariance c12(t + 1) = K <phi(x1(t)) phi(x2(t))> + s,
    + C_xi(0) if they hear the same noise; where they differ little, c(0) - c12 grows by exp(2 lambda) a step.

    A deep network of random weights is the same, the layer being the time: g^2 the variance of its weights times its
    width, `threshold_variance` that of its biases only if these are the same in every layer, as in a recurrent network;
    where each layer draws its own, the covariance of two inputs is the overlap of two copies under a noise that they
    share, `WhiteNoise(variance of the biases)` [Poole et al., NeurIPS 2016; Schoenholz et al., ICLR 2017].

    Parameters
    ----------
    overlap : covariance over units of the x(0) of two copies, a number or one for each population, at most the
        variance; None for no copies.
    shared_noise : whether the copies hear the same noise.
    window : largest lag of the covariances that is kept; None for all.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    overlap: Any = None
    shared_noise: bool = True
    window: int | None = None

    def __post_init__(self) -> None:
        if self.overlap is not None and not np.all(np.isfinite(np.asarray(self.overlap, dtype=float))):
            raise ValueError(f"overlap must be finite, got {self.overlap!r}")
        if not isinstance(self.shared_noise, bool):
            raise TypeError(f"shared_noise must be True or False, got {self.shared_noise!r}")
        if self.window is not None:
            integer("window", self.window, least=1)

    def refuses(self, question: Question) -> str | None:
        """Return why not: continuous time, low-rank couplings, or a sinusoid of random phases."""
        if not discrete(question.network):
            return "it is for discrete time, dmft.Map()"
        if has_low_rank(question.network):
            return "low-rank couplings are not solved in discrete time; leave low_rank out"
        return "a sinusoid of random phases is not solved in discrete time" if question.blocks.phased else None

    def solve(self, question: Question) -> NonstationarySolution:
        """Follow the maps.

        Raises
        ------
        TypeError, ValueError : for an `init` or an overlap that do not fit the populations.
        TooCostlyError : for more steps and lags than memory or time allow.
        """
        blocks, n = question.blocks, len(question.blocks)
        steps = question.duration if question.duration > 1e12 else math.ceil(question.duration - 1e-9)
        width = steps + 1 if self.window is None else min(self.window, steps) + 1
        seconds = n * (_SECONDS_A_STEP * steps + _SECONDS_A_PAIR * steps * width)
        check_cost(
            f"{steps:.3g} steps with {width:.3g} lags",
            seconds=seconds,
            memory=16.0 * n * steps * width,
            remedy="take a shorter duration, or StepByStep(window=...)",
        )
        steps, width = int(steps), int(width)
        mean, variance = _initial(blocks, question.init)
        overlap = None if self.overlap is None else _overlap(blocks, self.overlap, variance)
        try:
            with limited():
                allow(3.0 * seconds)
                path = _Path(blocks, mean, variance, steps, width)
                path.follow(overlap, self.shared_noise)
        except OutOfWorkError as error:
            raise TooCostlyError(f"the steps are stopped: {error}; take fewer, or a less steep nonlinearity") from None
        return path.solution(
            {"overlap": self.overlap, "shared_noise": self.shared_noise, "window": self.window}, question.rtol
        )


class _Path:
    """Mean and covariances at all steps, and what is known of their errors."""

    def __init__(self, blocks: Blocks, mean: FloatArray, variance: FloatArray, steps: int, width: int) -> None:
        n = len(mean)
        self.blocks, self.step, self.n_steps = blocks, OneStep(blocks), steps
        self.m, self.rate = np.full((2, n, steps + 1), np.nan)
        self.band = np.full((n, steps + 1, width), np.nan)
        self.products = np.full((n, steps + 1, width), np.nan)
        self.error = np.zeros((n, width))  # of the last row of covariances
        self.lost = self.beyond = 0.0  # largest relative errors so far, of mean and variance and at other lags
        self.overlap: FloatArray | None = None
        self.failure = ""
        self.m[:, 0], self.band[:, 0, 0] = mean, variance

    def follow(self, overlap: FloatArray | None, shared: bool) -> None:
        blocks, times = self.blocks, np.arange(self.n_steps + 1.0)
        common = np.array([sum((d.at(times) for d in of if d.common), np.zeros(len(times))) for of in blocks.drives])
        private = blocks.private_covariance(np.arange(self.band.shape[2]))
        private[:, 0] += blocks.white
        other = self.m[:, 0].copy(), self.band[:, 0, 0].copy()
        if overlap is not None:
            self.overlap = np.full(self.m.shape, np.nan)
            self.overlap[:, 0] = overlap
        try:
            for t in range(self.n_steps + 1):
                self._row(t, common[:, min(t + 1, self.n_steps)], private, shared)
                if t == self.n_steps:
                    break
                other = self.step.following(self.step.moments(*other, other=True), common[:, t + 1])
                if not (np.all(np.isfinite(self.m[:, t + 1])) and np.all(np.isfinite(self.band[:, t + 1, 0]))):
                    raise FloatingPointError("mean or variance grow without bound")
                scale = max(float(np.max(self.band[:, t + 1, 0])), 1e-300)
                size = math.sqrt(scale) + float(np.max(np.abs(self.m[:, t + 1])))
                gaps = (
                    np.max(np.abs(other[1] - self.band[:, t + 1, 0])) / scale,
                    np.max(np.abs(other[0] - self.m[:, t + 1])) / size,
                )
                self.lost = max(self.lost, 2.0 * float(max(gaps)))
                self.beyond = max(self.beyond, float(np.max(self.error)) / scale)
        except FloatingPointError as error:
            self.failure = f"stopped at t = {t}: {error}"

    def _row(self, t: int, common: FloatArray, private: FloatArray, shared: bool) -> None:
        """Fill in the averages of step t, and mean and covariances of the next."""
        blocks, step = self.blocks, self.step
        lags = np.arange(min(t, self.band.shape[2] - 1) + 1)
        m, v = self.m[:, t], self.band[:, t, 0]
        moments = step.moments(m, v)
        self.rate[:, t] = [f.mean for f in moments]
        q, p = step.products(
            m[:, None], v[:, None], self.m[:, t - lags], self.band[:, t - lags, 0], self.band[:, t, lags]
        )
        q[:, 0] = [f.square for f in moments]
        self.products[:, t, lags] = q
        if t == self.n_steps:
            return
        self.m[:, t + 1], variance = step.following(moments, common)
        constant = blocks.threshold_variance[:, None] + private[:, lags]
        self.band[:, t + 1, lags] = blocks.K @ q + constant
        self.band[:, t + 1, 0] = variance
        if t + 1 < self.band.shape[2]:
            self.band[:, t + 1, t + 1] = 0.0  # x(0) knows nothing of the couplings
        # That of lag 0 is known by other nodes; at other lags it is handed on by <phi' phi'>.
        own = step.products_error + step.averages_error + 4e-16 + self.lost
        square = np.array([f.square for f in moments])[:, None]
        self.error[:, lags] = blocks.K @ (np.abs(p) * self.error[:, lags] + own * np.maximum(np.abs(q), 1e-3 * square))
        self.error[:, 0] = 0.0
        if self.overlap is not None:
            c = self.overlap[:, t]
            copies = step.products(*(x[:, None] for x in (m, v, m, v, c)))[0][:, 0]
            copies = np.where(c == v, q[:, 0], copies)
            self.overlap[:, t + 1] = blocks.K @ copies + blocks.threshold_variance + shared * private[:, 0]

    def solution(self, settings: dict[str, Any], rtol: float) -> NonstationarySolution:
        blocks, shaped = self.blocks, self.blocks.shaped
        n = self.n_steps
        error = math.inf if self.failure else self.lost + self.beyond + 1e-15
        status, detail = Status.CONVERGED, ""
        if self.failure:
            status, detail = Status.NON_FINITE, self.failure
        elif not error <= rtol:
            status, detail = Status.UNRESOLVED, f"not resolved: the averages leave {error:.2g} of the variance"
        return NonstationarySolution(
            network=blocks.statement,
            convergence=Convergence(status, 0.0, n, (), detail, error),
            settings=settings,
            times=np.arange(n + 1.0),
            mean_x=shaped(self.m),
            variance=shaped(self.band[:, :, 0]),
            mean_phi=shaped(self.rate),
            overlap=None if self.overlap is None else shaped(self.overlap),
            lags=np.arange(float(self.band.shape[2])),
            band=shaped(self.band),
            band_phi=shaped(self.products),
            period=blocks.period,
            state=self._state(),
        )

    def _state(self) -> str:
        period = self.blocks.period
        steps = 1 if period == 0.0 else period
        if self.blocks.noisy:
            return "noisy"
        if self.failure or not steps or steps != round(steps) or self.n_steps < 3 * steps:
            return "transient"
        back = int(steps)
        last, before = self.band[:, -1, 0], self.band[:, -1 - back, 0]
        change = max(np.max(np.abs(last - before)), np.max(np.abs(self.m[:, -1] - self.m[:, -1 - back])) ** 2)
        if change > _SETTLED * np.max(last):
            return "transient"
        lag = (min(self.n_steps // 2, self.band.shape[2] - 1) // back) * back
        held = self.band[:, -1, lag]
        if np.max(np.abs(held - self.band[:, -1 - back, lag])) > _SETTLED * np.max(last):
            return "transient"
        gap = last - held
        return "chaotic" if np.any(gap > _DECAYED * last) else "locked"


def _initial(blocks: Blocks, init: Any) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of x(0), shape (P,) each; 0 and 1 by default."""
    if init is None:
        return np.zeros(len(blocks)), np.ones(len(blocks))
    if isinstance(init, NonstationarySolution):
        raise ValueError("in discrete time init must be (mean, variance) of x(0): a solution is not continued")
    return stated_state(blocks, init)


def _overlap(blocks: Blocks, overlap: Any, variance: FloatArray) -> FloatArray:
    value = of_each(blocks, "overlap", overlap)
    if np.any(np.abs(value) > variance):
        raise ValueError(f"overlap must be at most the variance of x(0), {variance.tolist()}; got {value.tolist()}")
    return value
