"""Eigenvalues of networks of stated units against the support of their theory.

Power: an edge where mean squares are 20 % too small leaves out several times the eigenvalues that are allowed; one that
is too far is found where the last eigenvalue of networks stays short of it by more than `short`, which is what networks
of 300 units do about a leaky edge of this radius.
"""

import numpy as np
import pytest

import dmft
import validation
from validation.estimators.jacobian import Jacobian

GATE = dmft.Couplings({"u": dmft.Random(2.0), "v": dmft.Random(1.5)})
CASES = {
    "bistable": (dmft.SelfCoupled(1.2), dmft.Random(2.0), 0.66, 0.2),
    "gate": (dmft.Gated(2.0), GATE, 0.068, 0.1),
    "adaptation": (dmft.NonlinearAdaptation(2, 4), dmft.Random(3.0), 0.27, 0.2),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_the_cloud(name):
    unit, random, known, short = CASES[name]
    network = dmft.Network(dmft.Population(dynamics=unit), random)
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network, method=dmft.Sampled(seed=1)))
    assert spectrum.abscissa == pytest.approx(known, abs=4.0 * spectrum.abscissa.standard_error + 0.02)
    simulation = validation.simulate(
        network, sizes=[300], n_realizations=4, duration=60.0, burn_in=60.0, dt=0.1, measure=Jacobian(2), seed=5
    )
    values = simulation.values("jacobian_eigenvalues", 300)
    last = values.real.max(axis=-1).mean(axis=1)
    error = last.std(ddof=1) / np.sqrt(len(last))
    assert spectrum.abscissa - short - 2.0 * error < last.mean() < spectrum.abscissa + 3.0 * error
    flat = values.ravel()
    off = flat[np.min(np.abs(flat[:, None] - _lone(unit)), axis=1) > 0.15]
    growth = np.asarray(spectrum.reach(off)) ** 2
    assert np.mean(growth < 0.8) < 0.012
    assert np.mean(growth < 1.2) - np.mean(growth < 0.8) > 0.012


def _lone(unit):
    """Where single units have their eigenvalues as they saturate: lone ones of finite networks are near these."""
    equations = unit.stated
    far = equations.matrix(equations.by_state, {name: 30.0 for name in equations.variables})
    near = equations.matrix(equations.by_state, {name: -30.0 for name in equations.variables})
    return np.linalg.eigvals(np.stack([far, near])).ravel()
