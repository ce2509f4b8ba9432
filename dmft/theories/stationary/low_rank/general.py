"""States of a network whose vectors have means, that hears an input along them, or whose phi is not odd.

    m = h + mbar . kappa,   kappa = nbar <phi> + <phi'> (S kappa + S_nI),   s(kappa) = what c0 needs (`moments`)
[Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018)]: Newton's method for kappa and log c0, c_inf known from the energy,
from all places where a table of averages has roots.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.low_rank import Structure
from dmft.theories.stationary.low_rank.moments import averages_at, needed, other_averages
from dmft.theories.stationary.low_rank.quick import QuickAverages
from dmft.theories.stationary.low_rank.stability import judged_general, judged_static
from dmft.theories.stationary.low_rank.state import LowRankState
from dmft.theories.stationary.low_rank.table import Table, tabulated
from dmft.theories.stationary.low_rank.without_spread import degree_without_spread

_STEP = 1e-6  # of kappa and log c0, for derivatives
_SAME = 1e-6
_ROUNDING = 1e-13
_STARTS = 120
_NOTHING = 1e-11  # kappa that is none
_ROUNDS = 2
_ATTEMPTS = 40  # places of one search at which the equations are solved
_HIGHEST = 1e100  # variance that is searched
_GROWS = 1.5  # factor of phi over a decade of x beyond which it is not bounded


def general_states(structure: Structure) -> tuple[list[LowRankState], bool]:
    """Return the states that are found, and whether the fixed points are as many as the degree asks for.

    For bounded phi the signs of the determinants of all fixed points add up to 1; if they do not, more starts are made.
    """
    table, size = _table(structure)
    found: list[LowRankState] = []
    complete = False
    far = np.abs(np.asarray(structure.nonlinearity(np.array([-1e4, -1e3, 1e3, 1e4])), dtype=float))
    grows = not max(far[0], far[3]) < _GROWS * max(far[1], far[2], 1e-300)
    for turn in range(_ROUNDS):
        starts = _starts(structure, size, _STARTS * 3**turn, turn)
        for moving in (False, True):
            if moving or structure.white == 0.0:
                _search(structure, table, starts, moving, found)
        if structure.white > 0.0 or grows:
            return found, True
        signs = [
            structure.images(np.asarray(state.kappa).real) * _sign(structure, state)
            for state in found
            if not state.moving
        ]
        complete = sum(signs) + degree_without_spread(structure) == 1
        if complete:
            break
    return found, complete


def _table(structure: Structure) -> tuple[Table, float]:
    """Return the table, and about the largest kappa that a bounded phi holds."""
    phi = structure.nonlinearity
    values = np.abs(np.nan_to_num(np.asarray(phi(np.linspace(-10.0, 10.0, 401)), dtype=float)))
    slopes = np.abs(np.nan_to_num(np.asarray(phi.derivative(np.linspace(-10.0, 10.0, 401)), dtype=float)))
    top, steep = float(values.max()), float(slopes.max())
    least = max(float(np.linalg.eigvalsh(structure.left)[-1]), 1e-12)
    size = float(np.linalg.norm(structure.mean_right)) * top
    size += min(float(np.linalg.norm(structure.overlap, 2)) / math.sqrt(least), 1e6) * top
    size += float(np.linalg.norm(structure.input_overlap)) * steep + 1e-3
    static = structure.static_variance(np.full(structure.rank, size)) + abs(float(np.sum(structure.left_input))) * size
    highest = 4.0 * (structure.g**2 * top**2 + abs(static) + structure.threshold_variance + structure.white) + 1e-6
    highest = min(highest, _HIGHEST)
    mean = abs(structure.bias) * np.any(structure.mean_left) + float(np.abs(structure.mean_left).sum()) * size
    return tabulated(structure, float(mean), 1e-7 * highest, highest), size


def _starts(structure: Structure, size: float, count: int, turn: int) -> list[FloatArray]:
    """Return starts (kappa, log c0 relative to its middle): a line for rank one, else drawn in a box."""
    rng = np.random.default_rng(turn)
    if structure.rank == 1:
        line = size * np.sinh(np.linspace(-4.0, 4.0, count // 3)) / math.sinh(4.0)
        return [np.array([kappa, part]) for kappa in line for part in (0.35, 0.7, 0.9)]
    kappa = rng.uniform(-1.0, 1.0, (count, structure.rank)) * size * rng.uniform(0.0, 1.0, (count, 1)) ** 2
    return [np.append(k, part) for k, part in zip(kappa, rng.uniform(0.3, 0.95, count), strict=True)]


def _search(
    structure: Structure, table: Table, starts: list[FloatArray], moving: bool, found: list[LowRankState]
) -> None:
    from scipy.optimize import root

    name = "moving" if moving else "still"
    tried: list[FloatArray] = [_key(state) for state in found if state.moving == moving]

    def rough(u: FloatArray) -> FloatArray:
        kappa, log_c0 = u[:-1], float(u[-1])
        mean = structure.bias + float(structure.mean_left @ kappa)
        phi, slope = (table.at(key, mean, log_c0) for key in ("phi", "slope"))
        lacks = kappa - structure.mean_right * phi
        lacks = lacks - slope * (structure.overlap @ kappa + structure.input_overlap)
        c0 = math.exp(min(max(log_c0, table.logs[0] - 5.0), table.logs[-1] + 5.0))
        outside = max(log_c0 - table.logs[-1], 0.0) + min(log_c0 - table.logs[0], 0.0)
        return np.append(lacks, table.at(name, mean, log_c0) - structure.static_variance(kappa) / c0 + outside)

    attempts = 0
    for start in starts:
        if attempts >= _ATTEMPTS:
            break
        first = np.append(start[:-1], table.logs[0] + start[-1] * (table.logs[-1] - table.logs[0]))
        answer = root(rough, first, options={"xtol": 1e-6, "maxfev": 200})
        u = np.asarray(answer.x, dtype=float)
        u[:-1] = structure.upright(u[:-1])
        if not answer.success or any(_near(u, known, 1e-3) for known in tried):
            continue
        tried.append(u)
        attempts += 1
        state = solved(structure, u, moving)
        if state is None or any(_near(_key(state), _key(s), _SAME) for s in found if s.moving == moving):
            continue
        found.append(state)


def _lacks(structure: Structure, u: FloatArray, moving: bool, by: str = "exact") -> tuple[FloatArray, float]:
    """Return what the equations lack, that of c0 relative to it, and c_inf.

    `by` exact averages, those of "other" nodes, or "quick" ones, for derivatives and the first steps.
    """
    kappa, c0 = u[:-1], math.exp(float(u[-1]))
    mean = structure.bias + float(structure.mean_left @ kappa)
    of = other_averages(structure.nonlinearity, mean, c0) if by == "other" else None
    if by == "quick":
        of = QuickAverages(structure.nonlinearity, mean, c0)
    of = of or averages_at(structure.nonlinearity, mean, c0)
    s, frozen = needed(structure.g, of, structure.white, moving=moving)
    lacks = kappa - structure.mean_right * of.mean
    lacks = lacks - of.mean_slope * (structure.overlap @ kappa + structure.input_overlap)
    return np.append(lacks, (s - structure.static_variance(kappa)) / c0), frozen


def _derivative(structure: Structure, u: FloatArray, moving: bool) -> FloatArray:
    columns = []
    for i in range(len(u)):
        step = np.zeros(len(u))
        step[i] = _STEP * max(1.0, abs(float(u[i])))
        ahead, behind = (_lacks(structure, u + sign * step, moving, "quick")[0] for sign in (1.0, -1.0))
        columns.append((ahead - behind) / (2.0 * step[i]))
    return np.stack(columns, axis=1)


def solved(structure: Structure, start: FloatArray, moving: bool) -> LowRankState | None:
    """Return the state next to a start (kappa, log c0), with its stability and errors; None if Newton finds none."""
    u = start.copy()
    slope = np.zeros((len(u), len(u)))
    lacks, frozen = slope[0], 0.0
    for by in ("quick", "exact"):
        lacks, frozen = _lacks(structure, u, moving, by)
        for _ in range(25):
            enough = 1e-13 if by == "exact" else 1e-9
            size = 1.0 + float(np.linalg.norm(u[:-1]))
            if float(np.linalg.norm(lacks)) < enough * size:
                break
            if by == "quick" or not np.any(slope):
                slope = _derivative(structure, u, moving)
            try:
                step = np.asarray(np.linalg.solve(slope, -lacks), dtype=float)
            except np.linalg.LinAlgError:
                return None
            taken = _step(structure, u, step, lacks, moving, by)
            if taken is None:
                break
            u, lacks, frozen = taken
        if not float(np.linalg.norm(lacks)) < 1e-6 * size:
            return None
    slope = _derivative(structure, u, moving)
    if not float(np.linalg.norm(lacks)) < 1e-8 * size:
        return None
    c0 = math.exp(float(u[-1]))
    if moving and not frozen < c0 * (1.0 - 1e-9):
        return None
    u[:-1][np.abs(u[:-1]) < _NOTHING * (1.0 + np.max(np.abs(u[:-1])))] = 0.0
    u[:-1] = structure.upright(u[:-1])
    return _measured(structure, u, frozen, moving, slope, lacks)


def _step(
    structure: Structure, u: FloatArray, step: FloatArray, lacks: FloatArray, moving: bool, by: str
) -> tuple[FloatArray, FloatArray, float] | None:
    """Return where a step, halved until less is lacking, leads; None if nowhere."""
    if not np.all(np.isfinite(step)):
        return None
    for halving in range(8 if by == "quick" else 1):  # exact averages may take a second
        trial = u + 0.5**halving * step
        if abs(float(trial[-1] - u[-1])) > 3.0:
            continue
        new, frozen = _lacks(structure, trial, moving, by)
        if float(np.linalg.norm(new)) < float(np.linalg.norm(lacks)):
            return trial, new, frozen
    return None


def _measured(
    structure: Structure, u: FloatArray, frozen: float, moving: bool, slope: FloatArray, lacks: FloatArray
) -> LowRankState:
    kappa, c0 = u[:-1], math.exp(float(u[-1]))
    mean = structure.bias + float(structure.mean_left @ kappa)
    wrong = np.abs(_lacks(structure, u, moving, "other")[0]) + np.abs(lacks)
    wrong = wrong + _ROUNDING * np.append(np.abs(kappa) + 1e-3, 1.0 + structure.g**2)
    off = np.abs(np.linalg.inv(slope)) @ wrong
    state = LowRankState(
        kappa,
        c0,
        frozen,
        moving,
        error=float(off[-1]),
        kappa_error=float(np.linalg.norm(off[:-1])),
        residual=float(np.max(wrong / np.append(np.maximum(np.abs(kappa), 1e-3), 1.0))),
    )
    if moving:
        return judged_general(state, slope)
    return judged_static(structure, state, mean)


def _sign(structure: Structure, state: LowRankState) -> int:
    slope = _derivative(structure, _key(state), False)
    return 1 if float(np.linalg.det(slope)) > 0.0 else -1


def _key(state: LowRankState) -> FloatArray:
    return np.append(np.asarray(state.kappa, dtype=float), math.log(max(state.variance, 1e-300)))


def _near(one: FloatArray, two: FloatArray, part: float) -> bool:
    return bool(np.all(np.abs(one - two) <= part * (1.0 + np.abs(two))))
