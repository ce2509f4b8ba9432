"""Errors of sampled units bound the truth: linear units over ten seeds, and units that others have sampled.

chi^2 is of C at three lags, of x and of the output, over ten seeds. Errors are one sigma of the sampling and bounds on
steps, window and iteration on top: of right ones the mean is below 1, 0.3 with 256 paths. Errors half as large as they
should be for the sampling alone (chi^2 = 4), or a bias of 1.5 of them, are seen.
"""

import numpy as np
import pytest

import dmft

ADAPTATION = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, c=1, ta=5)


@pytest.mark.long
@pytest.mark.parametrize("unit", [dmft.Dynamics("-x + h"), ADAPTATION])
def test_the_error_of_a_linear_unit_is_that_of_its_seeds(unit):
    network = dmft.Network(dmft.Population(dynamics=unit), dmft.Random(2.0))
    exact = dmft.solve_stationary(network)
    assert not exact.sampled
    squares = []
    for seed in range(10):
        found = dmft.solve_stationary(network, method=dmft.Sampled(paths=64, seed=seed))
        at = np.searchsorted(found.lags, [0.0, 2.0, 5.0])
        for name in ("corr_x", "corr_phi"):
            known = getattr(exact, f"{name}_at")(found.lags[at])
            errors = getattr(found, f"{name}_error")[at]
            assert np.all(errors < 5e-3 * known[0])
            squares.append(((getattr(found, name)[at] - known) / errors) ** 2)
    assert 0.1 < np.mean(squares) < 2.2


@pytest.mark.long
@pytest.mark.parametrize(
    ("unit", "g", "variance", "output"),
    [  # units.md, table E: sampled by an independent code, errors of the last digits in brackets there
        (dmft.NonlinearAdaptation(2, 4), 3.0, (3.608, 0.004), (0.6133, 0.0006)),
    ],
)
def test_units_that_another_code_has_sampled(unit, g, variance, output):
    found = dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=unit), dmft.Random(g)))
    for (value, error), ours, own in (
        (variance, found.variance, found.corr_x_error[0]),
        (output, found.corr_phi[0], found.corr_phi_error[0]),
    ):
        assert abs(ours - value) < 4.0 * np.hypot(error, own)
        assert own < 5e-3 * value
