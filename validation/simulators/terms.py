"""Further terms of the couplings: what a network adds to the product with the random ones.

The class of a term is registered for the statement of it, in a file of its own; the simulator then takes any couplings
that state one.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from validation.simulators.layout import Layout


class Term(Protocol):
    """A term of the couplings of one network."""

    def add(self, source: NDArray[Any], out: NDArray[Any]) -> None:
        """Add sum_j J_ij s_j to the rows of out; source holds rates, and slopes times tangent vectors, (n_rows, N)."""

    @property
    def couplings(self) -> NDArray[Any]:
        """The term as a matrix, shape (N, N)."""


@singledispatch
def term_of(stated: Any, layout: Layout, dtype: Any, rng: np.random.Generator) -> Term:
    """Return a term of the couplings of one network, drawn if there is something to draw.

    Raises
    ------
    TypeError : for one of which no class is registered: it would be left out in silence.
    """
    raise TypeError(f"the simulator knows no couplings {stated!r}: register a class with validation.simulators.terms")


@singledispatch
def radius_of(stated: Any) -> float:
    """Return a bound on the eigenvalues of the term, for the largest stable time step.

    Raises
    ------
    TypeError : for a term of which none is registered.
    """
    raise TypeError(f"the simulator knows no radius of {stated!r}: register one with validation.simulators.terms")
