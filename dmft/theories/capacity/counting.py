"""Exact probabilities at finite size, by counting the regions into which hyperplanes cut space."""

from __future__ import annotations

from dmft.models.checks import integer

_LARGEST = 10**15


def feasibility(n_equations: int, n_weights: int) -> float:
    """Return the probability that linear equations have a solution with sign-constrained weights.

    P(Bin(N, 1/2) >= P) for P equations in N weights, generic, with coefficients that are as likely as their negatives
    [Wendel, Math. Scand. 11, 109 (1962); Cover, IEEE Trans. Electron. Comput. 14, 326 (1965)]. One half at P = N/2,
    whatever the signs are.

    Parameters
    ----------
    n_equations, n_weights : P >= 0 and N >= 1.

    Raises
    ------
    ValueError, TypeError : for numbers that are not such integers.

    Accuracy
    --------
    Rounding, against sums of integers (`tests/limits/test_counting.py`).
    """
    from scipy.special import betainc

    p, n = _count("n_equations", n_equations, 0), _count("n_weights", n_weights, 1)
    if p == 0:
        return 1.0
    return 0.0 if p > n else float(betainc(p, n - p + 1.0, 0.5))


def separability(n_patterns: int, n_weights: int, *, signs: bool = True) -> float:
    """Return the probability that randomly labelled patterns are separated by a plane through the origin.

    2^(1-M) sum_{j<N} binom(M-1, j) with M = P for weights of either sign [Cover, IEEE Trans. Electron. Comput. 14, 326
    (1965)] and M = P + N for weights of given signs: each sign is one more random plane. Patterns are in general
    position and as likely as their negatives; there is no threshold. One half at P = 2 N, and with signs at P = N.

    Parameters
    ----------
    n_patterns, n_weights : P >= 0 and N >= 1.
    signs : whether the signs of the weights are given.

    Raises
    ------
    ValueError, TypeError : for numbers that are not such integers.

    Accuracy
    --------
    Rounding, against sums of integers and against enumeration (`tests/limits/test_counting.py`).
    """
    from scipy.special import betainc

    p, n = _count("n_patterns", n_patterns, 0), _count("n_weights", n_weights, 1)
    if not isinstance(signs, bool):
        raise TypeError(f"signs must be True or False, got {signs!r}")
    if p == 0:
        return 1.0
    planes = p + n if signs else p
    return 1.0 if planes <= n else float(betainc(planes - n, n, 0.5))


def _count(name: str, value: int, least: int) -> int:
    checked = integer(name, value, least=least)
    if checked > _LARGEST:
        raise ValueError(f"{name} must be at most {_LARGEST:g}, got {checked}")
    return checked
