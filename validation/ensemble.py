"""What is random in a finite network: its seeds, its couplings, its initial states.

Every realization owns one `numpy.random.SeedSequence`, a descendant of the user's seed that depends on the size and
on the number of the realization alone. So the same seed gives the same networks whatever other sizes are asked for,
in whatever order and by however many workers they are run.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.cost import TooCostlyError, available_bytes

DEFAULT_SIZES = (500, 1000, 2000)
_BLOCK = 1024


@dataclass(frozen=True, order=True)
class RealizationSeed:
    """Seed of one realization: it rebuilds the same `SeedSequence` anywhere.

    Attributes
    ----------
    entropy : entropy of the user's seed.
    spawn_key : position in the tree of seeds; the last two numbers are the size and the realization.
    """

    entropy: int
    spawn_key: tuple[int, ...]

    @property
    def key(self) -> str:
        """Name of the realization in a log."""
        return "-".join(map(str, (self.entropy, *self.spawn_key)))

    def generators(self, n: int) -> list[np.random.Generator]:
        """Return n independent generators: couplings, initial state, input, tangents draw from one each."""
        sequence = np.random.SeedSequence(self.entropy, spawn_key=self.spawn_key)
        return [np.random.default_rng(child) for child in sequence.spawn(n)]


def root_seed(seed: Any) -> RealizationSeed:
    """Return the root of the tree of seeds for an integer or a `SeedSequence`.

    Raises
    ------
    TypeError, ValueError : for anything else: a run without a seed cannot be repeated.
    """
    if isinstance(seed, np.random.SeedSequence):
        entropy = seed.entropy
        if not isinstance(entropy, int):
            raise TypeError(f"seed must have an integer as its entropy, got SeedSequence(entropy={entropy!r})")
        return RealizationSeed(entropy, tuple(int(k) for k in seed.spawn_key))
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(f"seed must be an integer >= 0 or a numpy SeedSequence, got {seed!r}")
    if seed < 0:
        raise ValueError(f"seed must be an integer >= 0, got {seed}")
    return RealizationSeed(int(seed), ())


def realization_seed(root: RealizationSeed, size: int, index: int) -> RealizationSeed:
    """Return the seed of one realization of one size."""
    return RealizationSeed(root.entropy, (*root.spawn_key, size, index))


def checked_count(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as an int, or refuse it unless it is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer >= {least}, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value}")
    return int(value)


def checked_sizes(sizes: Any) -> tuple[int, ...]:
    """Return the sizes, sorted; one number or several, None for the default.

    Raises
    ------
    ValueError, TypeError : for no size, a size below 2, a size given twice, or something that is not an integer.
    """
    if sizes is None:
        return DEFAULT_SIZES
    listed = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str | bytes) else [sizes]
    if not listed:
        raise ValueError("sizes must name at least one number of neurons, got none")
    checked = sorted(checked_count("sizes", size, least=2) for size in listed)
    for a, b in itertools.pairwise(checked):
        if a == b:
            raise ValueError(f"sizes must differ from each other, got {a} twice")
    return tuple(checked)


def couplings(n: int, gain: float, symmetry: float, dtype: Any, rng: np.random.Generator) -> NDArray[Any]:
    """Draw Gaussian couplings of variance gain^2/n with N cov(J_ij, J_ji) = symmetry gain^2.

    Always drawn in float32, so that one seed is the same network in either precision. For a symmetry rho != 0,
    J = a G + b G^T with a, b = (sqrt(1 + rho) +- sqrt(1 - rho))/2, for which a^2 + b^2 = 1 and 2 a b = rho; the
    diagonal then has the variance (1 + rho) gain^2/n, which is a correction of relative order 1/n.

    Returns
    -------
    shape (n, n), [i, j] acts from j to i.
    """
    matrix = rng.standard_normal((n, n), dtype=np.float32)
    matrix *= np.float32(gain / math.sqrt(n))
    if symmetry != 0.0:
        _symmetrise(matrix, symmetry)
    return matrix if np.dtype(dtype) == np.float32 else matrix.astype(dtype)


def _symmetrise(matrix: NDArray[Any], symmetry: float) -> None:
    """Replace G by a G + b G^T in place, block by block."""
    plus, minus = math.sqrt(1.0 + symmetry), math.sqrt(1.0 - symmetry)
    a, b = np.float32((plus + minus) / 2.0), np.float32((plus - minus) / 2.0)
    n = len(matrix)
    starts = range(0, n, _BLOCK)
    for i in starts:
        for j in range(i, n, _BLOCK):
            upper = matrix[i : i + _BLOCK, j : j + _BLOCK]
            lower = matrix[j : j + _BLOCK, i : i + _BLOCK]
            new_upper = a * upper + b * lower.T
            lower[...] = a * lower + b * upper.T
            upper[...] = new_upper


def check_memory(needed: int, size: int, workers: int, remedy: str = "smaller sizes, or dtype='float32'") -> None:
    """Refuse a run whose arrays do not fit in memory, before anything is allocated.

    Parameters
    ----------
    needed : bytes of one worker.
    remedy : what to take, of what the caller's own settings are.

    Raises
    ------
    TooCostlyError : a ValueError, saying the bytes needed and the bytes there are.
    """
    free = available_bytes()
    if free is not None and needed * workers > free:
        at_once = f" in each of {workers} workers" if workers > 1 else ""
        raise TooCostlyError(
            f"sizes must fit in memory: N = {size} needs {needed:,} bytes{at_once}, {free:,} are available; "
            f"take {remedy}{', or fewer workers' if workers > 1 else ''}"
        )
