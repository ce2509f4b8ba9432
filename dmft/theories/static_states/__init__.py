"""States of several populations that do not move: all of them, each with its stability and its outliers."""

from dmft.theories.static_states.solve import StaticState, StaticStates, mean_rates, static_states

__all__ = ["StaticState", "StaticStates", "mean_rates", "static_states"]
