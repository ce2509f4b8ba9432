"""Which units are in which population, and what differs between populations: numbers, nonlinearities, inputs."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.discrete_inputs import input_of
from validation.simulators.inputs import Response, response_to
from validation.simulators.question import Question

# Units of a population of no weight, which hears the others and is not heard.
PROBES = 16


class Layout:
    """The units of N neurons, population after population.

    The numbers of units are N f_a, rounded so that they add up to N (largest remainders); a population of no weight has
    `PROBES` units of the N. Variances and means of the couplings are those per source, G_ab f_b/N_b and M_ab f_b/N_b:
    what reaches a unit is then that of the statement, however N f_b was rounded.

    Parameters
    ----------
    question : what is simulated.
    n : number of units N.

    Attributes
    ----------
    counts : number of units of each population.
    slices : their places.
    phi : the nonlinearity, of rows of all units.
    tau : time constants, shape (N,); None if all are 1.
    thresholds : constant input of each unit, shape (1, N), once `response` has drawn it; None if none is stated.

    Raises
    ------
    ValueError : if a population would have fewer than two units.
    """

    def __init__(self, question: Question, n: int) -> None:
        self._question = question
        self.n, self.counts = n, counts_of(question, n)
        ends = list(itertools.accumulate(self.counts))
        self.slices = [slice(end - count, end) for end, count in zip(ends, self.counts, strict=True)]
        kinds = [units.nonlinearity for units in question.populations]
        alike = all(kind == kinds[0] for kind in kinds)
        self.phi: Any = kinds[0] if alike else Blockwise(kinds, self.slices)
        self.nonlinearities = kinds
        self.thresholds: NDArray[Any] | None = None
        self.tau = None
        if any(units.tau != 1.0 for units in question.populations):
            self.tau = np.repeat([units.tau for units in question.populations], self.counts)

    @property
    def all_heard(self) -> bool:
        """Whether no population is a probe."""
        return bool(np.all(self._question.fractions > 0.0))

    def share(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is stated times N as what a coupling has: block_ab f_b/N_b, shape (P, P)."""
        if len(self.counts) == 1:
            return block / self.n
        return np.asarray(block * self._question.fractions / np.array(self.counts))

    def response(self, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
        """Return the response z of isolated units to their inputs, thresholds included."""
        question = self._question
        # What is common to all is part of the mean mode, where there is one.
        by_mean = question.mean is not None
        heard = [tuple(d for d in units.drives if not (by_mean and d.common)) for units in question.populations]
        if len(heard) == 1 and not question.populations[0].threshold_variance:
            return _response(question.discrete, heard[0], shape, dtype, rng, question.populations[0].tau)
        thresholds = self.drawn_thresholds(dtype, rng)
        parts = [
            _response(question.discrete, drives, (shape[0], count), dtype, rng, units.tau) if drives else None
            for drives, count, units in zip(heard, self.counts, question.populations, strict=True)
        ]
        return ResponseByBlock(thresholds, parts, self.slices, shape)

    def drawn_thresholds(self, dtype: Any, rng: np.random.Generator) -> NDArray[Any]:
        """Return the constant input of each unit, shape (1, N), and keep it; 0 where none is stated."""
        found = np.zeros((1, self.n), dtype=dtype)
        if any(units.threshold_variance for units in self._question.populations):
            deviations = [math.sqrt(units.threshold_variance) for units in self._question.populations]
            # Drawn for all units, whatever the populations are: a network that is split keeps its thresholds.
            drawn = rng.standard_normal((1, self.n), dtype=np.float32)
            found += (drawn * np.repeat(deviations, self.counts)).astype(dtype)
            self.thresholds = found
        return found


def _response(
    discrete: bool, drives: tuple[Any, ...], shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float
) -> Response:
    if discrete:
        return input_of(drives, shape, dtype, rng)
    return response_to(drives, shape, dtype, rng, tau)


class ResponseByBlock:
    """Constant thresholds and the responses of the populations, side by side."""

    def __init__(
        self, thresholds: NDArray[Any], parts: list[Response | None], slices: list[slice], shape: tuple[int, int]
    ) -> None:
        self._thresholds = thresholds
        self._parts = [(part, block) for part, block in zip(parts, slices, strict=True) if part is not None]
        self.z = np.broadcast_to(thresholds, shape).copy() if self._parts else thresholds
        self._fill()

    def _fill(self) -> None:
        for part, block in self._parts:
            np.add(self._thresholds[:, block], part.z, out=self.z[:, block])

    def advance(self, step: float) -> None:
        """Move every response."""
        for part, _ in self._parts:
            part.advance(step)
        self._fill()


class Blockwise:
    """A nonlinearity that differs between populations, of rows of all units (last axis)."""

    def __init__(self, kinds: list[Any], slices: list[slice]) -> None:
        self._kinds, self._slices = kinds, slices

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return phi(x)."""
        return self._filled(x, self._kinds)

    def derivative(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return phi'(x)."""
        return self._filled(x, [kind.derivative for kind in self._kinds])

    def _filled(self, x: NDArray[Any], functions: list[Any]) -> NDArray[Any]:
        out = np.empty_like(x)
        for function, block in zip(functions, self._slices, strict=True):
            out[..., block] = function(x[..., block])
        return out


def counts_of(question: Question, n: int) -> tuple[int, ...]:
    """Return the numbers of units of the populations in a network of n.

    Raises
    ------
    ValueError : if one would have fewer than two.
    """
    if len(question.populations) == 1:
        return (n,)
    parts = question.fractions
    probes = PROBES * int(np.sum(parts == 0.0))
    wanted = parts * (n - probes)
    counts = np.floor(wanted).astype(int)
    # The largest remainders are rounded up; of equal ones the first.
    order = np.argsort(-(wanted - counts), kind="stable")
    counts[order[: n - probes - int(counts.sum())]] += 1
    counts[parts == 0.0] = PROBES
    if counts.min() < 2 or n <= probes:
        raise ValueError(
            f"sizes must give each population at least two units ({PROBES} to one of no weight), got N = {n} for the "
            f"fractions {', '.join(f'{part:g}' for part in parts)}"
        )
    return tuple(int(count) for count in counts)
