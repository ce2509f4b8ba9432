"""What a method of the two-time theory is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dmft.theories.reduction import Reduction


@dataclass(frozen=True, eq=False)
class Question:
    """A network and how long to follow it; the rest as of `solve_nonstationary`."""

    network: Reduction
    duration: float
    init: Any
    rtol: float
    progress: bool
