"""Where the static states of populations meet, begin to oscillate or to be chaotic, as a mean input changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import BoolArray, FloatArray
from dmft.numerics.arclength import Stride, located, strides
from dmft.theories.blocks import Blocks
from dmft.theories.static_states.equations import StaticEquations
from dmft.theories.static_states.solve import StaticState, static_states

EVENTS = ("fold", "oscillation", "chaos")
_BASES = 3  # inputs at which all states are looked for, to follow them from there
_LONGEST = 0.2  # step along a curve, in the size of x
_STEPS = 400
_SAME = 1e-4  # difference of two events that are one, in the input and over the size of x


@dataclass(frozen=True)
class Event:
    """A place where a static state changes.

    Attributes
    ----------
    name : "fold" (it meets another one), "oscillation" (a pair of outliers passes the imaginary axis) or "chaos" (the
        bulk does).
    input : the mean input.
    point : m and c0 there, shape (2P,).
    """

    name: str
    input: float
    point: FloatArray


def static_events(blocks: Blocks, population: int, low: float, high: float) -> list[Event]:
    """Return the changes of all static states as the mean input of a population goes from `low` to `high`.

    The states are found at some inputs, and followed by their arclength from there: through folds, exactly. What is
    stable in no respect on either side (a chaotic state that would also oscillate) is left out, folds apart.
    """
    events: list[Event] = []
    for base in np.linspace(low, high, _BASES):
        bias = blocks.bias.copy()
        bias[population] = base
        here = replace(blocks, bias=bias)
        equations = StaticEquations(here)
        roots = [np.concatenate([s.m, s.c0]) for s in static_states(here).states]
        if roots:
            events += _along(equations, np.array(roots), population, base, low, high)
    kept: list[Event] = []
    for event in events:
        if low <= event.input <= high and not any(_same(event, other) for other in kept):
            kept.append(event)
    return kept


def _along(
    equations: StaticEquations, roots: FloatArray, population: int, base: float, low: float, high: float
) -> list[Event]:
    p = len(equations)
    by_t = np.zeros(2 * p)
    by_t[population] = -1.0

    def family(points: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        left, derivative = equations.system(points)
        return left + t[:, None] * by_t, derivative, np.broadcast_to(by_t, left.shape)

    def ended(stride: Stride) -> BoolArray:
        t = stride.new[:, -1]
        return np.asarray((t < low - base) | (t > high - base))

    def state(at: FloatArray) -> StaticState:
        return StaticState(equations, at[:p], np.maximum(at[p : 2 * p], 0.0), 0, 0.0)

    def swing(at: FloatArray) -> float:
        values = state(at).eigenvalues
        pairs = values.real[np.abs(values.imag) > 0.0]
        return float(pairs.max()) if len(pairs) else np.nan

    functions: dict[str, Callable[[FloatArray, FloatArray], float]] = {
        "fold": lambda at, tangent: float(tangent[-1]),
        "oscillation": lambda at, tangent: swing(at),
        "chaos": lambda at, tangent: state(at).spread - 1.0,
    }
    near, size = equations.unbound, equations.along
    events: list[Event] = []
    for stride in strides(family, roots, allowed=near, scale=size, ended=ended, max_steps=_STEPS, longest=_LONGEST):
        for one in stride.single():
            for name, function in functions.items():
                if not function(one.old[0], one.before[0]) * function(one.new[0], one.after[0]) < 0.0:
                    continue
                at = located(family, one, function, allowed=near, scale=size)
                if at is not None and _counts(name, state(at)):
                    events.append(Event(name, base + float(at[-1]), at[: 2 * p]))
    return events


def _counts(name: str, state: StaticState) -> bool:
    """Whether an event changes a state that is stable in all other respects."""
    if name == "chaos":
        return bool(np.all(state.outliers.real < 0.0))
    others = state.eigenvalues.real[np.abs(state.eigenvalues.imag) == 0.0]
    return state.spread < 1.0 and (name == "fold" or bool(np.all(others < 0.0)))


def _same(one: Event, two: Event) -> bool:
    size = np.sqrt(np.max(one.point[len(one.point) // 2 :])) + np.max(np.abs(one.point))
    return (
        one.name == two.name
        and abs(one.input - two.input) < _SAME
        and float(np.max(np.abs(one.point - two.point))) < 1e2 * _SAME * size
    )


def chained(
    along: FloatArray, events: Sequence[Sequence[Event]], name: str, reach: float
) -> tuple[FloatArray, FloatArray]:
    """Return the line of the events of one name over a grid, inputs and grid values, parts of it apart by nan.

    Parameters
    ----------
    along : the grid, shape (n,).
    events : at each of its values.
    reach : largest change of the input, and of m over the size of x, from one value to the next of one line.
    """
    open_: list[list[tuple[float, float, FloatArray]]] = []
    done: list[list[tuple[float, float, FloatArray]]] = []
    for value, here in zip(along, events, strict=True):
        left = [event for event in here if event.name == name]
        going = []
        for chain in open_:
            last, _, point = chain[-1]
            near = min(left, key=lambda e: abs(e.input - last) + float(np.max(np.abs(e.point - point))), default=None)
            if near is not None and abs(near.input - last) < reach:
                left.remove(near)
                chain.append((near.input, float(value), near.point))
                going.append(chain)
            else:
                done.append(chain)
        open_ = going + [[(event.input, float(value), event.point)] for event in left]
    x: list[float] = []
    y: list[float] = []
    for chain in [*done, *open_]:
        x += [point[0] for point in chain] + [np.nan]
        y += [point[1] for point in chain] + [np.nan]
    return np.array(x), np.array(y)
