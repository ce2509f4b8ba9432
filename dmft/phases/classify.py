"""`classify_phase`: the name of the phase a network is in, and the criterion that decided."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dmft.errors import NotConvergedError
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.lotka_volterra_diagram import phase_of_species
from dmft.phases.theory import theory_of
from dmft.sweeps.sweep import call_solver
from dmft.theories.low_rank import has_low_rank
from dmft.theories.stationary.species.statement import has_species

_ROUNDING = 1e-9


class Phase(str):
    """The name of a phase: a text that carries what decided.

    Attributes
    ----------
    criterion : the sentence that decided, with its figures.
    numbers : the figures, name -> value.
    """

    criterion: str
    numbers: dict[str, float]

    def __new__(  # noqa: D102
        cls, name: str, criterion: str = "", numbers: Mapping[str, float] | None = None
    ) -> Phase:
        phase = super().__new__(cls, name)
        phase.criterion = criterion
        phase.numbers = {key: float(value) for key, value in (numbers or {}).items()}
        return phase

    def __reduce__(self) -> tuple[Any, ...]:
        return (Phase, (str(self), self.criterion, self.numbers))


def classify_phase(network: Any, *, thorough: bool = True) -> Phase:
    """Name the phase that a network is in.

    Random and balanced networks: "quiescent", "fixed point", "chaotic"; with input "driven, stable", "driven, locally
    expanding" (stable, although most perturbations grow at first: g^2 <phi'^2> > 1), "driven, chaotic"; "unbounded".
    Species: "one fixed point", "no stable fixed point", "unbounded".
    Low-rank couplings: the name of the state, such as "structured chaotic" or "rotating".
    Plastic networks: "quiescent", "chaotic", "semi-freezable chaos", "freezable chaos", "fixed points"; followed by
    ", fixed points coexist" where there are exponentially many stable ones beside.

    Parameters
    ----------
    network : of any kind that has a theory.
    thorough : for plastic networks, whether to find out also what halted synapses do, and whether fixed points coexist.

    Returns
    -------
    Phase : a text with `.criterion` and `.numbers`.

    Raises
    ------
    TypeError : for a network of a kind without a theory.
    ValueError : if the theory finds no state, for another reason than that there is none. (What is sampled to less
        than the accuracy asked for gets its name, and the criterion says so.)

    Notes
    -----
    Where several states are stable (hysteresis) this is the one that the solver reaches from its own start.
    Accuracy: `tests/unit/test_classify_phase.py`. Cost: that of the theory and the exponent; a plastic network takes
    some 10 s for the halted state, 0.3 s without (`thorough=False`) beyond the solution.
    """
    solution = call_solver(theory_of(network), network, None)
    outcome = solution.convergence
    if has_species(network) and outcome.status.name in ("CONVERGED", "UNSTABLE", "NO_SOLUTION"):
        return _of_species(solution)
    if outcome.status.name == "NO_SOLUTION":
        return Phase("unbounded", outcome.message)
    if has_low_rank(network) and outcome.converged:
        exponent = lyapunov_exponent(solution)
        numbers = {"lyapunov_exponent": exponent, "kappa": solution.kappa, "frequency": solution.frequency}
        return Phase(solution.state, f"|kappa| = {solution.kappa:.4g}, exponent {float(exponent):.4g}", numbers)
    if not (has_low_rank(network) or has_species(network)) and solution.reduction.plastic:
        return _plastic(solution, thorough)
    if not outcome.converged:
        raise ValueError(f"no state of {network!r} was found to be named: {outcome.message}")
    return _by_exponent(solution)


def _of_species(solution: Any) -> Phase:
    if not solution.convergence.converged:
        return Phase(phase_of_species(solution), solution.convergence.message)
    growth = solution.process.growth
    numbers = {"growth": growth, "survival": solution.survival}
    return Phase(phase_of_species(solution), f"sigma^2 <(dx/dh)^2> = {growth:.4g} < 1", numbers)


def _by_exponent(solution: Any) -> Phase:
    network = solution.reduction
    exponent = lyapunov_exponent(solution)
    numbers = {"lyapunov_exponent": exponent}
    slope = getattr(solution, "mean_square_slope", math.nan)
    if math.isfinite(slope):
        numbers["growth"] = network.g * math.sqrt(slope)
    sign = "> 0" if exponent > _ROUNDING else "<= 0"
    criterion = f"largest Lyapunov exponent {exponent:.4g} {sign}"
    if network.undriven:
        if exponent > _ROUNDING:
            return Phase("chaotic", criterion, numbers)
        at_rest = solution.variance == 0 or solution.state == "quiescent"
        state = "x = 0 is stable" if at_rest else "a static state is stable"
        return Phase("quiescent" if at_rest else "fixed point", f"{state}: {criterion}", numbers)
    if exponent > _ROUNDING:
        return Phase("driven, chaotic", criterion, numbers)
    growth = numbers.get("growth", 0.0)
    if growth > 1.0:
        return Phase("driven, locally expanding", f"{criterion}, but g sqrt<phi'^2> = {growth:.4g} > 1", numbers)
    return Phase("driven, stable", criterion, numbers)


def _plastic(solution: Any, thorough: bool) -> Phase:
    from dmft.theories.fixed_points import fixed_points

    network = solution.reduction
    numbers = {"corr_phi": float(solution.corr_phi[0])}
    if solution.state == "quiescent":
        name, criterion = "quiescent", f"activity dies out; x = 0 is stable for g = {network.g:g} < 1"
    elif solution.state == "fixed points":
        name, criterion = "fixed points", "the correlation does not decay within the window"
    else:
        exponent = _sampled_exponent(solution)
        numbers["lyapunov_exponent"] = exponent
        if exponent <= 0:
            name, criterion = "fluctuating, not chaotic", f"largest Lyapunov exponent {exponent:.4g} <= 0"
        else:
            known = f"largest Lyapunov exponent {exponent:.4g} > 0" if exponent > 0 else "the correlation decays"
            name, criterion = "chaotic", known
            # Anti-Hebbian couplings hold nothing: the halted network forgets.
            if thorough and network.k > 0:
                name, criterion = _when_halted(solution, name, criterion, numbers)
    if not solution.convergence.converged:
        criterion += f" ({solution.convergence.message})"
    if thorough:
        numbers["complexity"] = sigma = fixed_points(solution.network).complexity
        if sigma > 0:
            name, criterion = f"{name}, fixed points coexist", f"{criterion}; complexity {sigma:.4g} > 0"
    return Phase(name, criterion, numbers)


def _sampled_exponent(solution: Any) -> float:
    """Return the exponent, or nan where the iteration for it does not converge (strong plasticity)."""
    try:
        return lyapunov_exponent(solution)
    except NotConvergedError:
        return math.nan


def _when_halted(solution: Any, name: str, criterion: str, numbers: dict[str, float]) -> tuple[str, str]:
    from dmft.theories.frozen import solve_frozen

    frozen = solve_frozen(solution, on_failure="ignore")
    numbers |= {"overlap": frozen.overlap, "settled": frozen.settled}
    if frozen.state == "frozen":
        new, why = "freezable chaos", f"halted synapses hold a fixed point of overlap {frozen.overlap:.3g}"
    elif frozen.state == "semi-frozen":
        new, why = "semi-freezable chaos", f"halted synapses keep an overlap of {frozen.overlap:.3g} in motion"
    else:
        return name, criterion
    if not frozen.convergence.converged:
        why += f" ({frozen.convergence.message})"
    return new, f"{criterion}; {why}"
