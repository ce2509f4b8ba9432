"""Response of means and variances to a weak common input, in discrete time."""

from __future__ import annotations

import numpy as np

from dmft.arrays import ComplexArray
from dmft.theories.blocks import Blocks
from dmft.theories.one_step import OneStep
from dmft.theories.stationary import StationarySolution


class SteppedResponse:
    """Discrete time: means and variances follow in each step by the derivative of the one-step map."""

    def __init__(self, solution: StationarySolution, blocks: Blocks) -> None:
        step = OneStep(blocks)
        self._moments = step.moments(blocks.populated(solution.mean_x), blocks.populated(solution.variance))
        self._jacobian = step.jacobian(self._moments)

    def at(self, omega: float) -> ComplexArray:
        """Return the responses of m and <phi>, shape (2, P, P)."""
        n = len(self._moments)
        turned = np.eye(2 * n) - self._jacobian * np.exp(-1j * omega)
        moved = np.linalg.solve(turned, np.eye(2 * n)[:, :n])
        slope = np.array([f.slope for f in self._moments])
        curve = np.array([f.mean_by_variance for f in self._moments])
        return np.array([moved[:n], slope[:, None] * moved[:n] + curve[:, None] * moved[n:]])
