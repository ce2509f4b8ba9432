"""Networks under a sum of drives against the theory of the sum."""

import pytest

import dmft
import validation


@pytest.mark.long
@pytest.mark.parametrize(
    "drive",
    [
        dmft.WhiteNoise(0.2) + dmft.Sinusoid(1.5, 0.2, "random"),
        dmft.WhiteNoise(0.6) + dmft.OrnsteinUhlenbeck(0.4, 2.0),
    ],
    ids=["white and sine", "white and coloured"],
)
def test_networks_under_two_drives(drive):
    """Networks draw both; a theory that forgets either is off by 20 % or more, and 8 % are seen."""
    network = dmft.RandomNetwork(1.5, drive=drive)
    simulation = validation.simulate(network, [500, 1000], n_realizations=16, duration=60.0, seed=2)
    found = validation.compare(dmft.solve_stationary(network), simulation)
    assert found.verdict != "disagree", str(found)
    assert max(row.within for row in found.rows if row.quantity in ("corr_x[0]", "mean_square_slope")) < 0.08
    for term in drive.terms:
        wrong = dmft.solve_stationary(network.replace(drive=term))
        assert validation.compare({"corr_x[0]": float(wrong.corr_x[0])}, simulation).verdict == "disagree"
