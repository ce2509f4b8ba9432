"""Sampled units under sinusoids of random phase: leaky ones, linear ones in closed form, one population as several."""

import numpy as np
import pytest

import dmft
from dmft.theories.stated_units import stated_units_of

PLAIN = dmft.Dynamics("-x + h")


def solved(drive, g=2.0, phi=None, unit=PLAIN, seed=3):
    network = dmft.Network(dmft.Population(phi or dmft.Tanh(), unit, drive=drive), dmft.Random(g))
    return dmft.solve_stationary(network, method=dmft.Sampled(seed=seed), on_failure="ignore")


def agrees(found, exact, most=2e-3):
    """Whether a sampled state is a known one within four errors, which are below `most` of the whole."""
    assert found.convergence.converged
    at = np.searchsorted(found.lags, [0.0, 2.0, 5.0, 15.0])
    for name in ("corr_x", "corr_phi"):
        values, errors = getattr(found, name)[at], getattr(found, f"{name}_error")[at]
        known = getattr(exact, f"{name}_at")(found.lags[at])
        assert np.all(np.abs(values - known) <= 4.0 * errors)
        assert np.all(errors[0] <= most * known[0])
        far = 1000.3 / 0.3  # beyond the window
        assert getattr(found, f"{name}_at")(far) == pytest.approx(
            getattr(exact, f"{name}_at")(far), abs=20 * most * known[0]
        )


@pytest.mark.parametrize(
    "drive",
    [
        dmft.Sinusoid(1.0, 0.1, "random"),  # chaotic
        pytest.param(dmft.Sinusoid(2.5, 0.2, "random"), marks=pytest.mark.long),  # stable
        pytest.param(dmft.Sinusoid(0.5, 0.1, "random") + dmft.WhiteNoise(0.2), marks=pytest.mark.long),
        pytest.param(dmft.Sinusoid(4.0, 0.02, "random"), marks=pytest.mark.long),
        pytest.param(dmft.Sinusoid(4.0, 0.7, "random"), marks=pytest.mark.long),
    ],
)
def test_leaky_units(drive):
    exact = dmft.solve_stationary(dmft.RandomNetwork(2.0, drive=drive))
    found = solved(drive)
    agrees(found, exact)
    if not found.network.compose().named[""].drive.terms[-1].white:
        assert found.state == exact.state
        assert found.stable in ((True, None) if exact.state == "driven, stable" else (None,))


def test_linear_units():
    """C^x = A^2/2 cos(w lag)/(1 + w^2 - g^2): what a unit hears of others is the same line."""
    drive = dmft.Sinusoid(0.7, 0.13, "random")
    found = solved(drive, 0.6, dmft.Linear())
    size = 0.5 * drive.amplitude**2 / (1.0 + drive.omega**2 - 0.36)
    assert found.convergence.converged
    assert found.state == "driven, stable"
    assert found.stable
    lags = np.array([0.0, 0.7, 3.3, 400.0])
    assert found.corr_x_at(lags) == pytest.approx(size * np.cos(drive.omega * lags), abs=5e-4 * size)
    assert found.process.waves_x[0, 0] == pytest.approx(size, rel=5e-4)
    assert found.corr_x_error[0] < 1e-3 * size


@pytest.mark.long
def test_a_weak_sinusoid_is_none():
    plain, weak = dmft.solve_stationary(dmft.RandomNetwork(2.0)), solved(dmft.Sinusoid(1e-3, 0.2, "random"))
    assert weak.state == "driven, chaotic"
    assert abs(weak.corr_phi[0] - plain.corr_phi[0]) < 4.0 * weak.corr_phi_error[0]


@pytest.mark.long
def test_populations_alike_are_one():
    unit, drive = dmft.SelfCoupled(1.2), dmft.Sinusoid(1.0, 0.1, "random")
    one = solved(drive, 1.5, unit=unit)
    units = {n: dmft.Population(dynamics=unit, fraction=f, drive=drive) for n, f in (("a", 0.3), ("b", 0.7))}
    two = dmft.solve_stationary(dmft.Network(units, dmft.Random(1.5)), method=dmft.Sampled(seed=5))
    for p in range(2):
        assert abs(two.corr_phi[p, 0] - one.corr_phi[0]) < 4.0 * np.hypot(
            two.corr_phi_error[p, 0], one.corr_phi_error[0]
        )


@pytest.mark.long
@pytest.mark.parametrize(("g", "amplitude"), [(2.0, 1.0), (1.5, 2.0)])
def test_the_exponent_of_leaky_units(g, amplitude):
    drive = dmft.Sinusoid(amplitude, 0.1, "random")
    exact = dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(g, drive=drive)))
    found = dmft.lyapunov_exponent(solved(drive, g), seed=2)
    assert abs(found - exact) < 4.0 * found.standard_error + found.numerical_error
    assert found.standard_error < 0.01


def test_files_hold_them(tmp_path):
    found = solved(dmft.Sinusoid(0.7, 0.13, "random"), 0.6, dmft.Linear())
    dmft.save(found, tmp_path / "state.nc")
    again = dmft.load(tmp_path / "state.nc")
    assert again.corr_x_at(4000.0) == found.corr_x_at(4000.0) != 0.0


def test_pairs_are_refused():
    with pytest.raises(ValueError, match="sinusoid"):
        dmft.effective_dimension(solved(dmft.Sinusoid(0.7, 0.13, "random"), 0.6, dmft.Linear()))


def test_units_of_several_fields_have_means_in_time():
    """Of a gate that only half of the signs turns, products of what turns in both fields are not zero on average."""
    gate = dmft.Population(dynamics=dmft.Gated(2.0), drive=dmft.Sinusoid(1.0, 0.1, "random"))
    alone = dmft.Population(dynamics=dmft.Gated(2.0))
    random = {"u": dmft.Random(2.0), "v": dmft.Random(1.5)}
    assert not stated_units_of(dmft.Network(gate, dmft.Couplings(random))).centred
    assert stated_units_of(dmft.Network(alone, dmft.Couplings(random))).centred


def test_steps_meet_the_short_moments_at_which_steep_outputs_change_sign():
    """x is of size A/sqrt(1 + w^2) = 85, and tanh^2 less than 1 for .04 of a half turn of 5: 1 - <tanh^2> =
    2/(A w/sqrt(1 + w^2) half), by which steps of one phase were wrong without saying so."""
    drive = dmft.Sinusoid(100.0, 0.1, "random")
    found = solved(drive, seed=1)
    speed = drive.amplitude * drive.omega / np.sqrt(1.0 + drive.omega**2)
    assert abs(found.corr_phi[0] - (1.0 - 2.0 / (5.0 * speed))) < 4.0 * found.corr_phi_error[0]
    assert found.corr_phi_error[0] < 2e-3
