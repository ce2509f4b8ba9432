"""What units answer to small changes of their fields where nothing moves: by their linear equations, path by path.

A frozen field leaves a unit at a state of its own, where its outputs answer by h_kl(w) = grad o_k (i w - F_s)^-1
F_eta,l. What moves a little is then mapped frequency by frequency,
    S_k(w) -> sum_l <|h_kl(w)|^2> g_l^2 f_b S_b(w),
so that no shape grows faster than one frequency does: growth is the largest eigenvalue of this over w. A unit that
hears its own past answers by h/(1 - rho g^2 S h), S the mean of that: of a state where nothing moves the paths tell
S(0) alone, and every other frequency has an equation of its own.
"""

from __future__ import annotations

import ast
import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.unit_paths import Columns, Marcher
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.rest import TURNS, read_slopes
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.state import parts_of

_SETS, _PATHS = 4, 1024  # of independent strata
_COARSE = 10  # every so many frequencies, then those around the best
_SWEEPS, _SAME = 1000, 1e-10  # for S at a frequency; sweeps contract by |rho| of the growth there


class LinearAnswers:
    """Units of one population, at the states in which frozen fields leave them.

    Parameters
    ----------
    site : the unit.
    fields : frozen ones, shape (K, m).
    step, n_steps : of the march to these states, from zero.
    feedback : rho g^2.
    """

    def __init__(self, site: Site, fields: FloatArray, step: float, n_steps: int, feedback: float = 0.0) -> None:
        equations = site.equations
        recorded: tuple[ast.expr, ...] = tuple(ast.Name(name) for name in equations.states)
        march = Marcher(equations.states, equations.fields, equations.flow, recorded, equations.parameters)
        constant = np.repeat(fields[:, None], 2 * n_steps, axis=1)
        states = march(constant, np.zeros((len(recorded), fields.shape[1])), step, n_steps)[:, -1]
        values = {
            **dict(zip(equations.states, states, strict=True)),
            **dict(zip(equations.fields, fields, strict=True)),
        }
        self._feedback, self._own = feedback, len((site.alone or site).equations.states)
        self._flow = np.moveaxis(equations.matrix(equations.by_state, values), -1, 0)
        self._entry = np.moveaxis(equations.matrix(equations.by_field, values), -1, 0)
        read = np.broadcast_to(read_slopes(site, values), (site.n_outputs, *states.shape))
        self._read = np.moveaxis(read, -1, 0)

    @property
    def stable(self) -> bool:
        """Whether every unit stays where it is by itself."""
        return bool(np.max(np.linalg.eigvals(self._flow).real) < 0.0)

    def at(self, omega: float) -> ComplexArray:
        """Return h_kl(omega), shape (m, K', K); nan where a memory has none that sweeps come to."""
        of = slice(self._own)  # states of the unit alone, whose slopes do not ask how a memory is stated
        alone = 1j * omega * np.eye(self._own) - self._flow[:, of, of]
        h = np.asarray(self._read[:, :, of] @ np.linalg.solve(alone, self._entry[:, of]))
        if not self._feedback:
            return h
        mean = np.mean(h)
        for _ in range(_SWEEPS):
            heard = h / (1.0 - self._feedback * mean * h)
            left = np.mean(heard) - mean
            if abs(left) <= _SAME * abs(mean):
                return np.asarray(heard)
            mean = mean + 0.5 * left
        return np.full_like(h, np.nan)


def answers(
    units: StatedUnits, grid: PeriodicGrid, state: FloatArray, n_paths: int, sequence: np.random.SeedSequence
) -> list[LinearAnswers]:
    """Return those of every population in the frozen fields of a state in which nothing moves."""
    columns = Columns(
        PeriodicGrid(16, 1.0), len(units.variances), n_paths, np.random.default_rng(sequence), frozen=True
    )
    parts = parts_of(state, units, grid)
    units = units.with_response(parts.memory)
    heard = UnitMap(units, grid, 4 * len(units.sites[0].fields) + 4, sequence).heard(parts)
    frozen = np.asarray(columns.frozen)[:, ::2]  # shared by two paths
    return [
        LinearAnswers(
            site,
            fields.mean[:, None] + fields.deviation[:, None] * frozen,
            grid.step,
            grid.n_steps,
            units.feedback,
        )
        for site, fields in zip(units.sites, heard, strict=True)
    ]


def growth_about_still(
    units: StatedUnits, grid: PeriodicGrid, state: FloatArray, sequence: np.random.SeedSequence
) -> tuple[float, float]:
    """Return by how much what moves a little grows in a turn around the network, and its sampling error.

    inf where units leave their states by themselves.
    """
    found = []
    for child in sequence.spawn(_SETS):
        of = answers(units, grid, state, _PATHS, child)
        if not all(part.stable for part in of):
            return math.inf, 0.0
        found.append(_largest(units, of))
    return float(np.mean(found)), student(_SETS) * float(np.std(found, ddof=1)) / math.sqrt(_SETS)


def _largest(units: StatedUnits, of: list[LinearAnswers]) -> float:
    turns = TURNS * max(site.equations.fastest for site in units.sites)
    n_fields = len(units.variances)

    def at(index: int) -> float:
        rows = [
            np.mean(np.abs(part.at(turns[index])) ** 2, axis=0)[:, :n_fields] @ units.mixing[p]
            for p, part in enumerate(of)
        ]
        whole = np.concatenate(rows)
        return float(np.max(np.abs(np.linalg.eigvals(whole)))) if np.all(np.isfinite(whole)) else math.inf

    coarse = range(0, len(turns), _COARSE)
    best = max(coarse, key=at)
    return max(at(k) for k in range(max(best - _COARSE + 1, 0), min(best + _COARSE, len(turns))))
