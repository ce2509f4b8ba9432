"""The code of CONTRIBUTING runs, block after block, and what it says of itself is right."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names():
    import matplotlib

    matplotlib.use("agg")
    defined: dict = {"__name__": "contributing"}
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) >= 4
    for code in blocks:
        exec(compile(code, "CONTRIBUTING.md", "exec", dont_inherit=True), defined)
    return defined


def test_the_kernel_of_the_sine_is_its_average(names):
    from scipy.stats import qmc

    sine, c0, c = names["Sine"](), 0.7, 0.3
    z = qmc.MultivariateNormalQMC([0, 0], seed=1).random(2**14)
    x = np.sqrt(c0) * z[:, 0]
    y = c / np.sqrt(c0) * z[:, 0] + np.sqrt(c0 - c**2 / c0) * z[:, 1]
    assert sine.gaussian_kernel(c0, c) == pytest.approx(np.mean(np.sin(x) * np.sin(y)), abs=2e-4)


def test_the_correlation_time_grows_towards_the_onset(names):
    times = names["grid"]["correlation_time"].values
    assert np.all(np.diff(times) < 0)


def test_the_fixed_point_is_the_one_of_the_stationary_theory(names):
    import dmft

    known = dmft.solve_stationary(names["shifted"])
    assert known.state == "fixed point"
    assert names["static"].variance == pytest.approx(known.variance, rel=1e-9)
    assert names["static"].bulk < 1


def test_a_coupling_term_is_simulated_and_no_theory_leaves_it_out(names):
    import dmft
    import validation

    held, autapse = names["held"], names["Autapse"]
    strong = dmft.Network(dmft.Population(), names["WithAutapses"](dmft.Random(0.01), autapse=autapse(1.5)))
    found = validation.simulate(strong, sizes=100, n_realizations=2, duration=50.0, burn_in=100.0, seed=1)
    x = 1.2878394549601657  # x = 1.5 tanh x, each unit for itself
    assert found.mean("corr_x", 100)[0] == pytest.approx(x**2, rel=0.02)
    given = {"solve_nonstationary": (5.0,)}
    for verb in ("solve_stationary", "branches", "fixed_points", "solve_periodic", "solve_nonstationary"):
        with pytest.raises(ValueError, match="no theory knows the couplings Autapse"):
            getattr(dmft, verb)(held, *given.get(verb, ()))


def test_the_files_named_are_there():
    for path in re.findall(r"`((?:dmft|tests|validation)/[\w/.]*)`", TEXT):
        if path not in ("dmft/observables/correlation_time.py", "dmft/theories/fixed_point.py"):  # what is to be added
            assert (ROOT / path).exists(), path
