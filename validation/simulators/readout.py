"""What every simulator of rates reads off its states."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Readout:
    """Rates and slopes of the states `x`, shape (N, n_states), of a simulator with a `network`."""

    network: Any

    @property
    def x(self) -> NDArray[Any]:
        """The state, shape (N, n_states)."""
        raise NotImplementedError

    @property
    def rates(self) -> NDArray[Any]:
        """The rates phi(x), shape (N, n_states)."""
        x = self.x
        return np.asarray(self.network.nonlinearity(x), dtype=x.dtype)

    @property
    def slope(self) -> NDArray[Any]:
        """The slopes phi'(x), shape (N, n_states)."""
        x = self.x
        return np.asarray(self.network.nonlinearity.derivative(x), dtype=x.dtype)
