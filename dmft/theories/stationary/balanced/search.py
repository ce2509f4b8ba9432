"""Which state a network goes to: from the undriven one that the rule names, along a line to the drive."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.reduction import is_relu
from dmft.theories.stationary.balanced.branches import (
    MOVING,
    follow,
    is_moving,
    on_circle,
    on_line,
)
from dmft.theories.stationary.balanced.energy import Orbit
from dmft.theories.stationary.balanced.exponent import exponent_of, ground_level
from dmft.theories.stationary.balanced.locked import locked_states
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.balanced.static import Static
from dmft.theories.stationary.balanced.undriven import Undriven, rule, undriven_states
from dmft.theories.stationary.centred.problem import ConstantCorrelation
from dmft.theories.stationary.goal import Goal

_STRIDE = 0.25  # first step of an amplitude that is not small against the standard deviation
_NEAR_END = 0.6  # window times the locked state's exponent, near the amplitude where the moving state ends


@dataclass(frozen=True)
class Search:
    """Settings that all solves of a search share."""

    goal: Goal
    window: float | None

    @property
    def rtol(self) -> float:
        """Residual that is asked for."""
        return self.goal.rtol

    def static(self, site: MeanAverages, static: Static) -> State:
        """Return a static state of an undriven site on a mesh; c0 > 0."""
        return on_circle(site, ConstantCorrelation(static.c0), static.m, self.goal)

    def moving(self, site: MeanAverages, orbit: Orbit) -> State:
        """Return the undriven moving state of an orbit."""
        return on_line(site, orbit, orbit.m, orbit.path.decay_rate, self.goal, self.window)

    def noisy(self, site: MeanAverages, found: Undriven) -> State | None:
        """Return the state under a private random input: what the undriven one becomes as it grows."""
        origin = rule(found) or next((s for s in found.statics.states if s.c0 > 0), None)
        near = self._origin(site.without_drive(), origin)
        if near is None:
            return self._alone(site)
        stride = 1.0 if found.count <= 2 else 0.25
        state, part = follow(
            near,
            site,
            self.goal,
            circle=False,
            window=self.window,
            stride=stride,
            accept=_ends,
        )
        return state if part >= 1.0 else self._from_excitation(site)

    def _from_excitation(self, site: MeanAverages) -> State | None:
        """Return the state that is walked to in the constant input, from where that is positive and as strong as noise.

        ReLU at rest has no scale: a step from there to any noise is as far as to any other.
        """
        strength = math.sqrt(float(site.isolated(np.zeros(1))[0]))
        excited = replace(site, excitation=max(abs(site.excitation), (1.0 + site.inhibition) * strength))
        if site.excitation > 0 or not is_relu(site.nonlinearity):
            return None
        state = self.noisy(excited, undriven_states(excited))
        if state is None:
            return None
        state, part = follow(state, site, self.goal, circle=False, window=self.window, stride=0.5, accept=_ends)
        return state if part >= 1.0 else None

    def _alone(self, site: MeanAverages) -> State | None:
        """Return the state whose search begins at units that hear nothing but their input."""
        state = on_line(site, site.isolated, site.excitation, 0.3, self.goal, self.window)
        return state if state.residual <= self.rtol and state.mismatch < 1e-3 else None

    def _origin(self, site: MeanAverages, origin: Static | Orbit | None) -> State | None:
        if origin is None:
            return None
        if isinstance(origin, Orbit):
            return self.moving(site, origin)
        if origin.c0 > 0:
            return self.static(site, origin)
        return _resting(site, origin)

    def locked(self, site: MeanAverages) -> tuple[State | None, float]:
        """Return the locked state under a sinusoid, the stable one if there is one, and its exponent."""
        states = [s for s in locked_states(site, self.goal) if s.residual <= self.rtol]
        exponents = [exponent(s) for s in states]
        for state, value in zip(states, exponents, strict=True):
            if value <= 0:
                return state, value
        return (states[0], exponents[0]) if states else (None, math.inf)

    def chaotic(self, site: MeanAverages, unstable: float) -> State | None:
        """Return the moving state under a sinusoid, at whose amplitude the locked state has the exponent `unstable`.

        Walked to in amplitude from the undriven one, or in a noise that is taken away again, where there is none.
        """
        found = undriven_states(site)
        orbit = next((o for o in found.orbits if o.stable), None)
        memory = _NEAR_END / max(unstable, 3e-3)
        if orbit is not None:
            near = on_line(site.without_drive(), orbit, orbit.m, orbit.path.decay_rate, self.goal)
            stride = 1.0 if site.amplitude < 0.5 * math.sqrt(orbit.c0) else _STRIDE
            state, part = follow(
                near, site, self.goal, circle=False, window=self.window, stride=stride, accept=is_moving
            )
            if part >= 1.0:
                return state
            if state is not None and part > 0.5 and self.window is None:
                longer = max(memory, 1.5 * state.length)
                state = on_line(site, state, state.m, 12.0 / longer, self.goal, None)
                if state.residual <= self.rtol and is_moving(state):
                    return state
        return self._through_noise(site, found)

    def _through_noise(self, site: MeanAverages, found: Undriven) -> State | None:
        flux = 0.1 * site.amplitude**2 + 0.01 * site.gain**2
        noise = replace(site.without_drive(), flux=flux)
        state = self.noisy(noise, found)
        for there in (replace(site, flux=flux), replace(site, flux=1e-3 * flux), site):
            if state is None:
                return None
            state, part = follow(state, there, self.goal, circle=False, stride=0.5)
            if part < 1.0:
                return None
        return state if state is not None and is_moving(state) else None


def exponent(state: State) -> float:
    """Return the largest exponent of a state by its Hill problem on its own mesh."""
    return exponent_of(ground_level(state.mesh, -(state.site.gain**2) * state.point.p))


def _ends(state: State) -> bool:
    """Whether the window holds the limit of c: orbits that come back are no states."""
    return state.mismatch < 1e-2


def is_still(state: State) -> bool:
    """Whether nothing in a state moves but with its drive."""
    return state.moving <= MOVING


def _resting(site: MeanAverages, static: Static) -> State:
    """Return a network at rest as a state to walk from: with a variance that is next to nothing."""
    from dmft.theories.stationary.balanced.newton import Equations

    tiny = 1e-12 * (1.0 + static.m**2)
    mesh = HalfLine(np.array([0.0, 1.0]))
    point = Equations(site, mesh).at(np.full(len(mesh.nodes), tiny), static.m)
    return State(site, mesh, point, math.inf, math.nan, math.nan, ())
