"""What the ReLU averages need of each single time, tabulated once for all the pairs that it enters.

Owen's function of a fixed first argument is a function of the second alone [Owen, Ann. Math. Statist. 27, 1075 (1956)]:
for 0 <= t <= 1,
    T(a, t) = t F_a(t^2),                     F_a(z) = (1/2 pi) int_0^1 exp(-a^2 (1 + z s^2)/2)/(1 + z s^2) ds,
    T(a/t, t) = t exp(-a^2/(2 t^2)) G_a(t^2), G_a(z) = (1/2 pi) int_0^1 exp(-a^2 s^2/2)/(1 + z s^2) ds,
and the second gives T(a, 1/t). F and G are analytic but for a cut at z <= -1. In y = (alpha z - 1)/(gamma z + 1), which
takes [0, 1] to [-1, 1] and the cut to the outside of [-R, R], R = 3 + 2 sqrt 2, a polynomial gains a digit a term.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.lanes import INVERSE_SQRT_2PI, exp, inlined, vector

LIMIT = 38.0  # standard deviations beyond which densities and tails underflow

# A table is one flat array of blocks of BLOCK times, each holding ROWS rows: the distance between the numbers of one
# time is known to the compiler, and a block stays in the cache.
BLOCK = 128
TERMS = 10
CDF, DENSITY, SD, INVERSE_SD, NEAR = (BLOCK * row for row in range(1, 6))
FAR = NEAR + BLOCK * TERMS
SIZE = FAR + BLOCK * TERMS

_R = 3.0 + 2.0 * math.sqrt(2.0)
GAMMA = 2.0 / (_R - 1.0)
ALPHA = GAMMA + 2.0

N_NODES = 9
_X, _W = np.polynomial.legendre.leggauss(N_NODES)
NODES2 = (0.5 * (1.0 + _X)) ** 2
WEIGHTS = 0.5 * _W / (2.0 * math.pi)
_Y = np.cos(np.pi * (np.arange(TERMS) + 0.5) / TERMS)
_Z = (_Y + 1.0) / (ALPHA - GAMMA * _Y)
_FIT = np.linalg.inv(np.polynomial.polynomial.polyvander(_Y, TERMS - 1))
# node by interpolation point, flattened: exponents of F over -a^2/2, and what the exponential is multiplied by
_EXPONENTS = (1.0 + NODES2[:, None] * _Z).ravel()
_FACTORS = (WEIGHTS[:, None] / (1.0 + NODES2[:, None] * _Z)).ravel()
_FAR_FIT = np.ascontiguousarray((_FIT @ (WEIGHTS / (1.0 + _Z[:, None] * NODES2))).T)
_NEAR_FIT = np.ascontiguousarray(_FIT.T)


def length(n_times: int) -> int:
    """Return the length of a table of times 0 ... n_times - 1."""
    return -(-n_times // BLOCK) * SIZE


@inlined
def place(u: int) -> int:
    """Return where the numbers of time u begin."""
    return (u // BLOCK) * SIZE + u % BLOCK


@inlined
def standardised(m: float, s: float) -> float:
    """Return the mean over the standard deviation, within limits; 0 is its limit from above."""
    x = min(max(m / s, -LIMIT), 1e8)
    return 1e-150 if abs(x) < 1e-150 else x


@vector
def _exponentials(h: float, out: FloatArray) -> None:
    for i in range(_EXPONENTS.size):
        out[i] = _FACTORS[i] * exp(h * _EXPONENTS[i])


@vector
def tabulate(m: float, v: float, u: int, table: FloatArray, work: FloatArray) -> None:
    """Write what `relu_row` needs of h ~ N(m, v) at time u; work : shape (TERMS * N_NODES,)."""
    s = max(math.sqrt(v), 1e-8 * abs(m), 1e-150)
    a = standardised(m, s)
    h = -0.5 * a * a
    row = table[place(u) :]
    row[0] = a
    row[CDF] = 0.5 * math.erfc(-math.sqrt(0.5) * a)
    row[DENSITY] = math.exp(h) * INVERSE_SQRT_2PI if abs(a) < LIMIT else 0.0
    row[SD] = s
    row[INVERSE_SD] = 1.0 / s
    _exponentials(h, work)
    for j in range(TERMS):
        row[NEAR + BLOCK * j] = 0.0
        row[FAR + BLOCK * j] = 0.0
    for i in range(TERMS):
        value = 0.0
        for k in range(N_NODES):
            value += work[k * TERMS + i]
        for j in range(TERMS):
            row[NEAR + BLOCK * j] += _NEAR_FIT[i, j] * value
    for k in range(N_NODES):
        value = exp(h * NODES2[k])
        for j in range(TERMS):
            row[FAR + BLOCK * j] += _FAR_FIT[k, j] * value
