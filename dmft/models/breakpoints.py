"""Where a nonlinearity is not smooth, or steep: what quadrature has to know of it.

`breakpoints` asks the nonlinearity; one that cannot tell (an object of the user's) is searched
(`dmft.models.panel_search`). Expressions read theirs off their tree (`dmft.models.expressions.breakpoints`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar

Answer = TypeVar("Answer")

LARGEST = 1e8  # |x| beyond which nothing is searched
MOST = 400  # breakpoints kept, the ones nearest to 0


@dataclass(frozen=True, order=True)
class Breakpoint:
    """A place that a rule of quadrature must not step over.

    Attributes
    ----------
    x : the place.
    width : 0 at a kink, where phi or a derivative of it is not smooth; else the distance over which phi changes its
        character, about 1/slope of the argument of a tanh. A kink within a steep place is two breakpoints at one x.
    """

    x: float
    width: float = 0.0


def breakpoints(nonlinearity: Any) -> tuple[Breakpoint, ...]:
    """Return the kinks and steep places of a nonlinearity, sorted, in |x| <= 1e8.

    Parameters
    ----------
    nonlinearity : anything with ``__call__`` and ``derivative``; its method ``breakpoints()`` is asked if it has one.

    Returns
    -------
    tuple of Breakpoint
        Exact for the built-in ones; of an expression to double precision, its periodic ones (Abs(sin(x))) up to a
        few hundred nearest to 0; of any other object in |x| <= 1e3, to 1e-14 where the slope jumps and to 1e-7
        where only its curvature does, with the widths, if below 1/4, of its steep places.

    Notes
    -----
    Accuracy: `tests/unit/test_breakpoints.py`.
    Cost: nothing for the built-in ones, 0.1-10 ms once for an expression, 1-5 ms once for an object.
    """
    stated = getattr(nonlinearity, "breakpoints", None)
    return tuple(stated()) if callable(stated) else _searched(nonlinearity)


def remembered(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return a function of an object (and hashable more) that is called once for each; each time for one that is not
    hashable."""
    cached = lru_cache(maxsize=256)(function)

    @wraps(function)
    def of_object(thing: Any, *more: Hashable) -> Answer:
        return cached(thing, *more) if isinstance(thing, Hashable) else function(thing, *more)

    return of_object


@remembered
def _searched(nonlinearity: Any) -> tuple[Breakpoint, ...]:
    from dmft.models.panel_search import searched_breakpoints

    return merged(searched_breakpoints(nonlinearity))


def merged(found: Iterable[Breakpoint]) -> tuple[Breakpoint, ...]:
    """Return breakpoints sorted and once each: of those at one place, a kink and the narrowest steep one remain."""
    groups: list[list[Breakpoint]] = []
    for point in sorted(found):
        if groups and point.x - groups[-1][0].x <= 1e-14 * (1.0 + abs(point.x)):
            groups[-1].append(point)
        else:
            groups.append([point])
    out = []
    for group in sorted(groups, key=lambda group: abs(group[0].x))[:MOST]:
        x = min((point.x for point in group), key=lambda x: (abs(x), x)) + 0.0
        if any(point.width == 0 for point in group):
            out.append(Breakpoint(x, 0.0))
        if widths := [point.width for point in group if point.width > 0]:
            out.append(Breakpoint(x, min(widths)))
    return tuple(sorted(out))
