"""`LowRankMarch`: transients of random plus low-rank couplings, and rotations that leave x not stationary.

x = m(t) + sum_r m_r khat_r(t) + eta(t) over units, with
    khat' = -khat + kappa,   kappa = nbar <phi> + <phi'> S khat,   m' = -m + h + mbar . kappa,
    (1 + d_t)(1 + d_s) C_eta(t, s) = g^2 <phi phi>(t, s) + s,   C = C_eta + khat(t) . S_mm khat(s)
[Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018), in two times].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import finite, positive
from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.numerics.two_time.rows import Rows
from dmft.theories.low_rank import Structure, structure_of
from dmft.theories.nonstationary.initial import stated_pair
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution

_CORRECTIONS = 2
_SECONDS_A_CELL = 2e-7
_DIVERGED = 1e12
_SAFETY = 1.0  # what twice the step adds is three times the error of a second order


@dataclass(frozen=True)
class LowRankMarch(Spelt):
    """Overlaps, mean and covariance, row by row in time; second order in dt.

    Parameters
    ----------
    dt : step in units of tau.
    khat : part of x(0) along each vector m, shape (rank,); None for 0.5 along the first, which breaks the symmetry of
        kappa and -kappa.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    dt: float = 0.05
    khat: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dt", positive("dt", self.dt))
        if self.khat is not None:
            values = np.atleast_1d(np.asarray(self.khat, dtype=float))
            object.__setattr__(self, "khat", tuple(finite(f"khat[{r}]", float(x)) for r, x in enumerate(values)))

    def refuses(self, question: Question) -> str | None:
        """Return why not: no low-rank couplings, or what is not solved beside them."""
        try:
            structure = structure_of(question.network)
        except ValueError as error:
            return str(error)
        if isinstance(question.init, NonstationarySolution):
            return "with low-rank couplings init must be (mean, variance) of x(0): a solution is not continued"
        if np.any(structure.input_overlap) or np.any(structure.left_input):
            return "inputs along the vectors are solved for stationary states only; leave input_overlap, left_input out"
        if self.khat is not None and len(self.khat) != structure.stated:
            return f"khat must be a number for each of the {structure.stated} vectors, got {self.khat}"
        return None

    def solve(self, question: Question) -> NonstationarySolution:
        """March from the initial state, once more with twice the step."""
        structure = structure_of(question.network)
        steps = max(2, math.ceil(question.duration / self.dt - 1e-9))
        check_cost(
            f"a march of {steps:.3g} steps",
            seconds=2.0 * _SECONDS_A_CELL * float(steps) ** 2,
            memory=24.0 * float(steps) ** 2,
            remedy="take a shorter duration or a larger dt",
            longest=3600.0,
        )
        mean, variance = (0.0, 0.1) if question.init is None else _pair(question.init)
        start = np.zeros(structure.rank)
        start[: structure.stated] = (0.5, *([0.0] * (structure.stated - 1))) if self.khat is None else self.khat
        steps += steps % 2
        fine = _March(structure, self.dt, steps, mean, variance, start)
        coarse = _March(structure, 2.0 * self.dt, steps // 2, mean, variance, start)
        return fine.solution(coarse, (mean, variance), question.rtol)


class _March:
    def __init__(
        self, structure: Structure, h: float, steps: int, mean: float, variance: float, start: FloatArray
    ) -> None:
        self.structure, self.h, self.steps = structure, h, steps
        self.averages = pair_averages(structure.nonlinearity)
        self.failure = ""
        self.mean, self.total, self.rate = (np.full(steps + 1, math.nan) for _ in range(3))
        self.khat, self.kappa = (np.full((steps + 1, structure.rank), math.nan) for _ in range(2))
        self.band = np.full((steps + 1, steps + 1), math.nan)
        self._table = np.zeros((0, 0))
        rows = Rows(h, variance, structure.white)
        self.khat[0], self.mean[0] = start, mean + float(structure.mean_left @ start)
        self.total[0] = variance + float(start @ structure.left @ start)
        self.band[0, 0] = self.total[0]
        try:
            self.kappa[0], self.rate[0] = self._overlaps(0)
            for n in range(steps):
                self._step(rows, n)
        except FloatingPointError as error:
            self.failure = str(error)

    def _overlaps(self, n: int) -> tuple[FloatArray, float]:
        """Return kappa and <phi> at step n."""
        phi, slope = (float(x) for x in self.averages.first(self.mean[n], self.total[n]))
        s = self.structure
        return s.mean_right * phi + slope * (s.overlap @ self.khat[n]), phi

    def _step(self, rows: Rows, n: int) -> None:
        s, new = self.structure, n + 1
        c = rows.ahead()
        r = np.append(rows.r, rows.r[-1])
        self.kappa[new] = 2.0 * self.kappa[n] - self.kappa[n - 1] if n > 0 else self.kappa[n]
        for _ in range(1 + _CORRECTIONS):
            self.khat[new] = rows.filtered(self.khat[n], self.kappa[n], self.kappa[new])
            inputs = s.bias + self.kappa[[n, new]] @ s.mean_left
            self.mean[new] = float(rows.filtered(self.mean[n : n + 1], inputs[:1], inputs[1:])[0])
            whole = c + self.khat[: new + 1] @ (s.left @ self.khat[new])
            self.total[new] = whole[new]
            if not self.total[new] < _DIVERGED:
                raise FloatingPointError(f"the activity grows without bound at t = {new * self.h:.4g}")
            self.kappa[new], self.rate[new] = self._overlaps(new)
            c, r = rows.with_source(s.g**2 * self._products(new, whole) + s.threshold_variance)
        rows.advance(c, r)
        whole = c + self.khat[: new + 1] @ (s.left @ self.khat[new])
        self.total[new] = whole[new]
        self.band[new, : new + 1] = whole[::-1]
        if hasattr(self.averages, "coefficients"):
            self._known(new)

    def _products(self, n: int, covariance: FloatArray) -> FloatArray:
        """Return <phi(u) phi(n)> along a row."""
        m, v = self.mean[: n + 1], self.total[: n + 1]
        size = np.sqrt(v * v[n])
        c = np.clip(covariance, -size, size)
        if not hasattr(self.averages, "coefficients"):
            return np.asarray(self.averages.pair(m, v, m[n], v[n], c)[0])
        self._known(n)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(size > 0.0, c / size, 0.0)
        own = self._table[:, n]
        out = np.zeros(n + 1)
        for term in range(len(own) - 1, -1, -1):
            out = out * ratio + self._table[term, : n + 1] * own[term]
        return out

    def _known(self, n: int) -> None:
        """Keep the Hermite coefficients of phi at step n."""
        averages: Any = self.averages
        times = np.array([0, n]) if n == 1 and not self._table.size else np.array([n])
        found = averages.coefficients(self.mean[times], self.total[times])[0]
        if not self._table.size:
            self._table = np.zeros((len(found), self.steps + 1))
        self._table[:, times] = found
        lost = float(found[-1, -1] ** 2 / max(np.sum(found[:, -1] ** 2), 1e-300))
        averages.note(lost, lost)

    def solution(self, coarse: _March, init: tuple[float, float], rtol: float) -> NonstationarySolution:
        s = self.structure
        largest = np.maximum.accumulate(np.nan_to_num(self.total))[::2]
        gap = float(np.max(np.abs(self.total[::2] - coarse.total) / largest))
        turned = np.linalg.norm(self.kappa[::2] - coarse.kappa, axis=1)
        size = np.maximum.accumulate(np.linalg.norm(np.nan_to_num(self.kappa), axis=1))[::2]
        gap = max(gap, float(np.max(turned / np.maximum(size, 1e-3 * np.sqrt(largest)))))
        error = _SAFETY * gap + float(self.averages.error)
        status, detail = Status.CONVERGED, ""
        if self.failure or coarse.failure:
            status, detail, error = Status.NON_FINITE, f"stopped: {self.failure or coarse.failure}", math.inf
        elif not error <= rtol:
            status = Status.UNRESOLVED
            detail = f"not resolved: the error is up to {error:.2g}, more than rtol={rtol:g}; try dt={0.5 * self.h:.2g}"
        return NonstationarySolution(
            network=s.statement,
            convergence=Convergence(status, 0.0, self.steps, (), detail, error),
            settings={"dt": self.h, "window": None, "init": init, "rtol": rtol},
            times=self.h * np.arange(self.steps + 1.0),
            mean_x=self.mean,
            variance=self.total,
            mean_phi=self.rate,
            overlaps=self.kappa[:, : s.stated],
            lags=self.h * np.arange(self.steps + 1.0),
            band=self.band,
            period=None,
            state="noisy" if s.white else "transient",
        )


def _pair(init: Any) -> tuple[float, float]:
    mean, variance = stated_pair(init)
    return finite("mean of x(0)", mean), positive("variance of x(0)", variance)
