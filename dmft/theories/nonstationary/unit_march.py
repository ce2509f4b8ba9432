"""One causal pass of m paths of units stated by equations, all populations together.

The fields at time t have the covariances K_c,ab <o_cb(t) o_cb(s)>, s <= t, of the paths so far: each is drawn given its
own past (`dmft.numerics.two_time.appended`). A step from t to t + h by the method of Runge and Kutta hears what the
couplings send at t + h/2 and t + h by the parabola through its last three values, so that every covariance is of paths
that do not change any more, and no matrix is anything but a covariance. Third order in h; the first step is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.two_time.appended import AppendedField, MatchedColumns
from dmft.numerics.unit_paths import BlowUpError
from dmft.theories.nonstationary.unit_inputs import Inputs
from dmft.theories.nonstationary.unit_site import MarchedSite
from dmft.theories.stated_units import StatedUnits

_AHEAD = {  # weights of the last values, the newest first, of the polynomial through them half a step and a step later
    1: (np.ones(1), np.ones(1)),
    2: (np.array([1.5, -0.5]), np.array([2.0, -1.0])),
    3: (np.array([1.875, -1.25, 0.375]), np.array([3.0, -3.0, 1.0])),
}
_HUGE = 1e30  # no activity is as large: where a step or the equations run away, before they are not finite
_AGAIN = 3  # times that the first step is repeated with what it leads to


@dataclass(frozen=True, eq=False)
class Pass:
    """What is known of m paths, P populations: means (P, n + 1) and products (P, n + 1, n + 1) of x and of what the
    first field carries."""

    mean_x: FloatArray
    mean_phi: FloatArray
    corr_x: FloatArray
    corr_phi: FloatArray


class UnitMarch:
    """The march.

    Parameters
    ----------
    units, sites : what is solved, and how each population is marched.
    step, n_steps : of time.
    n_paths : m, of each population.
    begin : mean and variance of x(0) of each population, shape (P,) each.
    sequence : of the random numbers.
    """

    def __init__(
        self,
        units: StatedUnits,
        sites: tuple[MarchedSite, ...],
        step: float,
        n_steps: int,
        n_paths: int,
        begin: tuple[FloatArray, FloatArray],
        sequence: np.random.SeedSequence,
    ) -> None:
        self._units, self._sites, self._step, self._n, self._m = units, sites, step, n_steps, n_paths
        self._inputs, self._states, self._fields = [], [], []
        for mean, variance, marched, child in zip(*begin, sites, sequence.spawn(len(sites)), strict=True):
            rng = np.random.default_rng(child)
            given = _strata(2 if marched.site.threshold_variance else 1, n_paths, rng)
            inputs = Inputs(marched.site, step, n_steps, n_paths, rng, given[-1])
            columns = MatchedColumns(n_paths, rng, given)
            self._inputs.append(inputs)
            self._states.append(marched.begun(mean + np.sqrt(variance) * given[0], self._w(inputs, 0)))
            self._fields.append([AppendedField(columns, n_paths) for _ in range(len(units.variances))])
        self._x = np.zeros((len(sites), n_steps + 1, n_paths))
        self._sent = np.zeros((len(units.outputs), n_steps + 1, n_paths))
        self._held: list[FloatArray] = []  # the last fields, (P, K, m), the newest first

    def run(self) -> Pass:
        """March to the end.

        Raises
        ------
        BlowUpError : where a path is not finite.
        UsedUpError : where there are too few paths for so long a time.
        """
        self._see(0)
        self._held = [self._heard(0)]
        for t in range(self._n):
            weights = _AHEAD[len(self._held)]
            if t == 0:
                self._first()
            else:
                ahead = [sum(w * held for w, held in zip(its, self._held, strict=True)) for its in weights]
                self._advance(t, np.stack([self._held[0], *ahead], axis=2))
                self._see(t + 1)
                self._held = [self._heard(t + 1), *self._held[:2]]
        first = list(self._units.first)
        return Pass(
            self._x.mean(axis=2),
            self._sent[first].mean(axis=2),
            np.array([x @ x.T for x in self._x]) / self._m,
            np.array([o @ o.T for o in self._sent[first]]) / self._m,
        )

    def _first(self) -> None:
        """Take the first step, again with the fields that it leads to: there are no earlier ones."""
        start, now = [states.copy() for states in self._states], self._held[0]
        after = now
        for again in range(1 + _AGAIN):
            if again:
                for states, begun in zip(self._states, start, strict=True):
                    states[...] = begun
                for fields in self._fields:
                    for field in fields:
                        field.withdraw()
            self._advance(0, np.stack([now, 0.5 * (now + after), after], axis=2))
            self._see(1)
            after = self._heard(1)
        self._held = [after, now]

    def _advance(self, t: int, coupled: FloatArray) -> None:
        """Take a step in what the couplings send at its beginning, middle and end, shape (P, K, 3, m)."""
        for marched, inputs, states, fields in zip(self._sites, self._inputs, self._states, coupled, strict=True):
            eta = fields
            if inputs.w is not None:
                eta = np.concatenate([fields, inputs.w[None, 2 * t : 2 * t + 3]])
            for half in range(3):
                eta[0, half] += inputs.at(2 * t + half)
            marched.march.advance(eta, states, t * self._step, self._step)

    def _see(self, t: int) -> None:
        """Keep x and the outputs of a time."""
        done = 0
        for p, (marched, inputs, states) in enumerate(zip(self._sites, self._inputs, self._states, strict=True)):
            seen = marched.seen(states, self._w(inputs, 2 * t))
            if not np.all(np.abs(seen) < _HUGE):
                self._stop(p, t, seen)
            self._x[p, t] = seen[0]
            self._sent[done : done + marched.n_outputs, t] = seen[1:]
            done += marched.n_outputs

    def _stop(self, p: int, t: int, seen: FloatArray) -> None:
        path = int(np.argmax(np.nan_to_num(np.max(np.abs(seen), axis=0), nan=np.inf)))
        names = self._sites[p].site.equations.fields
        heard = self._held[0][p, :, path].tolist() if self._held else [0.0] * len(names)
        raise BlowUpError(path, t * self._step, dict(zip(names, heard, strict=True)))

    def _heard(self, t: int) -> FloatArray:
        """Return what the couplings send at a time, shape (P, K, m)."""
        units = self._units
        rows = np.array([sent[: t + 1] @ sent[t] for sent in self._sent]) / self._m
        mean = units.means @ self._sent[list(units.first), t].mean(axis=1)
        heard = np.empty((len(self._sites), len(units.variances), self._m))
        for p, fields in enumerate(self._fields):
            for k, field in enumerate(fields):
                heard[p, k] = field.append(t, units.mixing[p, k] @ rows)
            heard[p, 0] += mean[p]
        return heard

    @staticmethod
    def _w(inputs: Inputs, half: int) -> FloatArray:
        return np.zeros(1) if inputs.w is None else np.asarray(inputs.w[half])


def _strata(n_rows: int, n_paths: int, generator: np.random.Generator) -> FloatArray:
    """Return normal numbers, one of each of m strata of equal probability, of mean 0, mean square 1 and orthogonal."""
    from scipy.special import ndtri

    drawn = ndtri((np.arange(n_paths) + generator.random((n_rows, n_paths))) / n_paths)
    drawn = generator.permuted(drawn, axis=1)
    drawn -= drawn.mean(axis=1, keepdims=True)
    return np.asarray(np.linalg.solve(np.linalg.cholesky(drawn @ drawn.T / n_paths), drawn))
