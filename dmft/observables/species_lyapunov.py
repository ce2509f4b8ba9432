"""Largest Lyapunov exponent of species at their fixed point: the last eigenvalue of small changes."""

from __future__ import annotations

from typing import Any

from dmft.errors import answering
from dmft.numerics.value import Value
from dmft.observables.lyapunov import exponent_of
from dmft.observables.species_jacobian import linearised_species
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary.species.process import SpeciesProcess

_DIGITS = 1e-10  # of the averages


@exponent_of.register
@answering
def exponent_of_species(process: SpeciesProcess, solution: Any) -> Value:
    """Return the exponent of many species, the larger of the edge of the bulk and of the eigenvalues outside.

    Without immigration it is 0 at every stable fixed point, at any symmetry: survivors that hardly live and extinct
    species that nearly would have eigenvalues that come up to 0, as -|w|, w the field, a normal number. A network of N
    species has its last one at -1/(2 N p(0)) in the mean (`SpeciesSpectrum.gap`), p the density of w.

    Raises
    ------
    ValueError : with immigration and symmetry, or of an unstable fixed point with symmetry, which are not known.

    Notes
    -----
    It is of N to infinity. Where next to no species are rare, mean over deviation of w some 4 or more, the edge is made
    by species that a network of usual size does not have, and it falls back faster.
    Accuracy: networks (`tests/statistical/test_species_jacobian_networks.py`). Cost: 0.2 s.
    """
    refuse_stateless(solution, "to perturb", of=solution.variance)
    if process.immigration == 0.0 and process.growth < 1.0:
        return Value(0.0, 0.0, "edge of the spectrum, next to extinction", numerical_error=0.0)
    linear = linearised_species(solution)
    found = max([linear.edge, *linear.outliers.real])
    size = linear.sigma * process.deviation + abs(found)
    state: float = solution.convergence.error
    lost = (_DIGITS + 4.0 * state) * size
    return Value(float(found), 0.0, "edge of the spectrum" if found == linear.edge else "shared change", (), lost)
