"""Whether a network of populations with a term of rank one stays in a state."""

from __future__ import annotations

import numpy as np

from dmft.arrays import ComplexArray
from dmft.theories.shared_structure import SharedStructure
from dmft.theories.stationary.low_rank.moments import curvatures
from dmft.theories.stationary.solution import StationarySolution

_NEUTRAL = 1e-10  # rate, or slope, that counts as none


def stays_at_rest(structure: SharedStructure, kappa: float, alone: StationarySolution) -> tuple[bool, str]:
    """Return whether a network stays in a fixed point, and why."""
    blocks = structure.blocks
    bulk = float(np.max(np.abs(np.linalg.eigvals(blocks.K * np.atleast_1d(alone.mean_square_slope)))))
    growth = float(np.max(static_rates(structure, kappa, alone).real))
    why = f"rho(K <phi'^2>) = {bulk:.4g}, kappa, means and covariances change at the rate {growth:.4g}"
    return bool(bulk < 1.0 and growth <= _NEUTRAL), why


def stays_moving(
    structure: SharedStructure, kappa: float, alone: StationarySolution, rise: float
) -> tuple[bool | None, str]:
    """Return whether a network stays in a moving state, and why; `rise` is that of what is fed back, less kappa."""
    blocks = structure.blocks
    if alone.stable is False or not rise <= _NEUTRAL:
        why = "the rest of the network leaves it" if alone.stable is False else "kappa leaves it"
        return False, f"{why}: what it feeds back rises with it by {1.0 + rise:.4g}"
    if alone.stable and not np.any(blocks.A) and np.ptp(blocks.tau) == 0.0 and structure.mean_left == 0.0:
        return True, f"kappa comes back: what it feeds back rises with it by {1.0 + rise:.4g}"
    if alone.stable and not kappa and not np.any(blocks.A) and structure.mean_left == 0.0:
        return True, f"kappa dies out: what it feeds back rises with it by {1.0 + rise:.4g}"
    return None, "no real mode of kappa grows; whether it oscillates with the rest is not known"


def static_rates(structure: SharedStructure, kappa: float, alone: StationarySolution) -> ComplexArray:
    """Return the rates of kappa, means and covariances next to a fixed point, fastest growth first, shape (3 P,).

    With the changes dk_a of khat_a, u_a of what the mean couplings give, v_a = cov(eta, d eta) of the random input,
    dm = u + mbar dk and w = dc0/2 = v + S_mm kappa dk of each population:
        (1 + lam tau_a) dk_a = sum_b f_b [nbar (<phi'> dm + <phi''> w) + S kappa (<phi''> dm + <phi'''> w)
                               + S <phi'> dk]_b,
        (1 + lam tau_a) u_a = sum_b A_ab (<phi'> dm + <phi''> w)_b,
        (1 + lam tau_a) v_a = sum_b K_ab (<phi phi'> dm + <phi'^2 + phi phi''> w)_b.
    """
    blocks, P = structure.blocks, len(structure.blocks)
    mean, variance = np.atleast_1d(alone.mean_x), np.atleast_1d(alone.variance)
    slope, square = np.atleast_1d(alone.mean_slope), np.atleast_1d(alone.mean_square_slope)
    of = []
    for a, phi in enumerate(blocks.nonlinearities):
        resting = {"slope": slope[a], "curve": 0.0, "third": 0.0, "product": 0.0, "spread": square[a]}
        of.append(curvatures(phi, float(mean[a]), float(variance[a])) if variance[a] > 0.0 else resting)
    s, curve, third, product, spread = (
        np.array([each[name] for each in of]) for name in ("slope", "curve", "third", "product", "spread")
    )
    # rows: what <phi>, <phi'> and the input's covariance change with dm and w; columns by dk, u and v
    mbar, lever = structure.mean_left, structure.left * kappa
    rate = np.hstack([np.diag(s * mbar + curve * lever), np.diag(s), np.diag(curve)])
    slopes = np.hstack([np.diag(curve * mbar + third * lever), np.diag(curve), np.diag(third)])
    square_rate = np.hstack([np.diag(product * mbar + spread * lever), np.diag(product), np.diag(spread)])
    fed = blocks.fractions @ (structure.mean_right * rate + structure.overlap * kappa * slopes)
    fed[:P] += blocks.fractions * structure.overlap * s
    matrix = np.vstack([np.tile(fed, (P, 1)), blocks.A @ rate, blocks.K @ square_rate]) - np.eye(3 * P)
    values = np.linalg.eigvals(matrix / np.tile(blocks.tau, 3)[:, None])
    return np.asarray(values[np.argsort(-values.real)], dtype=complex)


def naive_rates(structure: SharedStructure, alone: StationarySolution) -> ComplexArray:
    """Return the rates of kappa and means if J and phi'(x) had nothing in common, fastest growth first, shape (2 P,):
    those above with <phi'> alone."""
    blocks, P = structure.blocks, len(structure.blocks)
    s = np.atleast_1d(alone.mean_slope)
    by_kappa = blocks.fractions * s * (structure.mean_right * structure.mean_left + structure.overlap)
    by_mean = blocks.fractions * s * structure.mean_right
    fed = np.tile(np.concatenate([by_kappa, by_mean]), (P, 1))
    heard = blocks.A * s
    matrix = np.vstack([fed, np.hstack([structure.mean_left * heard, heard])]) - np.eye(2 * P)
    values = np.linalg.eigvals(matrix / np.tile(blocks.tau, 2)[:, None])
    return np.asarray(values[np.argsort(-values.real)], dtype=complex)
