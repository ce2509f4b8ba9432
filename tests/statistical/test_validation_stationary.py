"""The stationary theory against networks. Three kinds of rows: none may disagree, those named must agree.

False alarms: each comparison below is allowed 1e-7, the suite 1e-6. Power: `tolerance` is what "agree" vouches for.
"""

import pytest

import dmft
import validation

TANH = dmft.RandomNetwork(g=2.0)


def compared(network, sizes, n_realizations, tolerance, **settings):
    simulation = validation.simulate(network, sizes, n_realizations=n_realizations, seed=2026, **settings)
    return validation.compare(dmft.solve_stationary(network), simulation, tolerance=tolerance, false_alarm=1e-7)


long = pytest.mark.long


@pytest.mark.parametrize(
    ("network", "tolerance", "sharp"),
    [
        (TANH.replace(g=3.0), 0.03, ["corr_phi[0]"]),
        (TANH.replace(g=0.9, drive=dmft.WhiteNoise(1.0)), 0.035, ["corr_x[0]", "corr_phi[0]", "corr_x[2]"]),
        pytest.param(TANH.replace(drive=dmft.WhiteNoise(1.0)), 0.04, ["corr_phi[0]"], marks=long),
        pytest.param(TANH.replace(drive=dmft.OrnsteinUhlenbeck(1.0, 2.0)), 0.04, ["corr_phi[0]"], marks=long),
        pytest.param(TANH.replace(drive=dmft.Sinusoid(3.0, 0.2, "random")), 0.04, ["corr_phi[0]"], marks=long),
        pytest.param(
            dmft.RandomNetwork(g=1.5, nonlinearity=dmft.Erf(), drive=dmft.WhiteNoise(1.0)),
            0.04,
            ["corr_phi[0]"],
            marks=long,
        ),
    ],
    ids=["chaos", "noise, g < 1", "noise, g > 1", "coloured noise", "sinusoid, random phases", "erf with noise"],
)
def test_networks_agree_with_the_theory(network, tolerance, sharp):
    comparison = compared(network, [500, 1000], 20, tolerance)
    assert comparison.verdict != "disagree", str(comparison)
    for quantity in sharp:
        assert comparison.row(quantity).verdict == "agree", str(comparison)


@pytest.mark.long
def test_the_exponent_of_networks_agrees_with_the_theory():
    network = TANH.replace(g=3.0)
    pooled = None
    for size, count in ((500, 60), (1000, 60), (2000, 24)):
        part = validation.simulate(network, size, n_realizations=count, measure=("lyapunov",), seed=2026)
        pooled = part if pooled is None else pooled + part
    comparison = validation.compare(dmft.solve_stationary(network), pooled, tolerance=0.15, false_alarm=1e-7)
    row = comparison.row("lyapunov_exponent")
    assert row.verdict == "agree", str(comparison)
    # The 1/N term that is found is the one of the sheet: a = -66(2) at g = 3.
    assert abs(row.estimate.coefficient + 66.0) < 5 * row.estimate.coefficient_error + 10.0
