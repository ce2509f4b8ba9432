"""Errors of the simulations."""

from __future__ import annotations

from dmft.errors import DMFTError


class SimulationError(DMFTError):
    """A run stopped: its state is no longer finite. The text says when, and in which realization."""
