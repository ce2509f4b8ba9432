"""A stored solution comes back as a solution: every observable gives the same number to the last bit."""

from __future__ import annotations

import dataclasses
import io

import h5py
import numpy as np
import pytest

import dmft
from dmft.theories.stationary.symmetric.process import groups

QUIET = {"on_failure": "ignore"}
CHAOTIC = dmft.RandomNetwork(2.0)


def radius(solution):
    return dmft.jacobian_spectrum(solution).radius


def between_lags(solution):
    return [solution.corr_x_at(1.2345), *solution.corr_phi_at(np.array([0.0, 0.7, 300.0]))]


def slope_between(solution):
    return solution.corr_slope_at(np.linspace(0, 50, 7))


def dimensions(solution):
    return [dmft.effective_dimension(solution, of=of) for of in ("phi", "x")]


GAUSSIAN = (dmft.lyapunov_exponent, radius, between_lags, slope_between, dimensions)
ANY = (dmft.lyapunov_exponent, radius, between_lags, slope_between)


def balanced():
    return dmft.BalancedNetwork(g=2.0, size=5000)


CASES = {
    "chaotic": (lambda: dmft.solve_stationary(CHAOTIC), GAUSSIAN),
    "quiescent": (lambda: dmft.solve_stationary(dmft.RandomNetwork(0.5)), ANY),
    "fixed point": (lambda: dmft.solve_stationary(dmft.RandomNetwork(0.5, dmft.Symbolic("tanh(x + 1)"))), ANY),
    "white noise": (lambda: dmft.solve_stationary(CHAOTIC.replace(drive=dmft.WhiteNoise(0.5))), GAUSSIAN),
    "coloured noise": (
        lambda: dmft.solve_stationary(CHAOTIC.replace(drive=dmft.OrnsteinUhlenbeck(0.5, 2.0))),
        GAUSSIAN,
    ),
    "sinusoid": (lambda: dmft.solve_stationary(CHAOTIC.replace(drive=dmft.Sinusoid(0.5, 0.2, "random"))), ANY),
    "fast sinusoid": (lambda: dmft.solve_stationary(CHAOTIC.replace(drive=dmft.Sinusoid(5.0, 50.0, "random"))), ANY),
    "steep and a sinusoid": (
        lambda: dmft.solve_stationary(
            dmft.RandomNetwork(2.0, dmft.Symbolic("tanh(40*x)"), dmft.Sinusoid(1.0, 0.2, "random")), **QUIET
        ),
        (between_lags, slope_between),
    ),
    "kinked": (lambda: dmft.solve_stationary(dmft.RandomNetwork(3.3, dmft.Symbolic("Max(-1, Min(1, x))"))), ANY),
    "none": (lambda: dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Linear()), **QUIET), ()),
    "two-site": (
        lambda: dmft.solve_two_site(dmft.solve_stationary(CHAOTIC)),
        (lambda s: s.psi_at(0.7), lambda s: s.psi_spectrum(0.3, 0.2), dmft.effective_dimension),
    ),
    "symmetric": (
        lambda: dmft.solve_stationary(CHAOTIC.replace(symmetry=0.2), method=dmft.Sampled(64), **QUIET),
        (
            lambda s: s.process.response(0.3),
            lambda s: dmft.jacobian_spectrum(s).abscissa,
            lambda s: groups(s)[3].variance,
        ),
    ),
    "balanced": (lambda: dmft.solve_stationary(balanced()), (dmft.lyapunov_exponent, lambda s: s.cov_x_at(0.3))),
    "periodic": (
        lambda: dmft.solve_periodic(balanced().replace(drive=dmft.Sinusoid(85, 0.2)), n=64),
        (dmft.lyapunov_exponent,),
    ),
    "plastic": (
        lambda: dmft.solve_plastic(dmft.PlasticNetwork(2, -1, 2.5), accuracy=0.05, **QUIET),
        (between_lags, lambda s: s.process.per_set(lambda row: row[0])),
    ),
    "fixed points": (
        lambda: dmft.fixed_points(dmft.PlasticNetwork(2, 1, 2.5)),
        (lambda s: s.bulk_function(0.3 + 0.1j),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_solution_comes_back_to_the_bit(name, tmp_path):
    solve, observables = CASES[name]
    solution = solve()
    dmft.save(solution, tmp_path / "solution.nc")
    back = dmft.load(tmp_path / "solution.nc")
    assert type(back) is type(solution)
    for field in dataclasses.fields(solution):
        before, after = getattr(solution, field.name), getattr(back, field.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
            assert before.dtype == after.dtype
            assert not after.flags.writeable
        elif isinstance(before, float | str | int):
            assert before == after or (np.isnan(before) and np.isnan(after)), field.name
    assert back.network == solution.network
    assert back.convergence.status is solution.convergence.status
    assert back.convergence.history == solution.convergence.history
    assert dict(back.settings) == dict(solution.settings)
    for observable in observables:
        np.testing.assert_array_equal(observable(back), observable(solution))
    assert back.to_xarray().drop_attrs().identical(solution.to_xarray().drop_attrs())


def test_a_solution_that_was_read_is_a_start_and_can_be_stored_again(tmp_path):
    solution = dmft.solve_stationary(CHAOTIC)
    for name in ("one.nc", "two.nc"):
        dmft.save(solution, tmp_path / name)
        solution = dmft.load(tmp_path / name)
    assert dmft.solve_stationary(dmft.RandomNetwork(1.9), init=solution).state == "chaotic"


def test_what_a_file_does_not_hold_refuses_and_says_so(tmp_path):
    """A march is megabytes of tables that only its continuation needs."""
    network = dmft.RandomNetwork(2.0)
    solution = dmft.solve_nonstationary(network, 3.0)
    dmft.save(solution, tmp_path / "march.nc")
    back = dmft.load(tmp_path / "march.nc")
    np.testing.assert_array_equal(back.variance, solution.variance)
    np.testing.assert_array_equal(back.band, solution.band)
    with pytest.raises(dmft.DMFTError, match="a file does not hold the march of a solution; solve the network again"):
        dmft.solve_nonstationary(network, 4.0, init=back)


def test_a_users_own_function_and_a_sweep_come_back_as_datasets(tmp_path):
    import xarray

    class Own:
        def __call__(self, x):
            return np.tanh(x)

        def derivative(self, x):
            return 1 - np.tanh(x) ** 2

    own = dataclasses.replace(dmft.solve_stationary(CHAOTIC), network=dmft.RandomNetwork(2.0, Own()))
    sweep = dmft.phase_diagram(CHAOTIC, {"g": [0.5, 0.6]}, observe="variance")
    for result in (own, sweep):
        dmft.save(result, tmp_path / "result.nc")
        assert isinstance(dmft.load(tmp_path / "result.nc"), xarray.Dataset)


def test_the_arrays_of_a_solution_as_a_dataset(tmp_path):
    solution = dmft.solve_stationary(CHAOTIC)
    dmft.save(solution, tmp_path / "solution.nc")
    held = dmft.storage.dataset(tmp_path / "solution.nc")
    np.testing.assert_array_equal(held["corr_x"], solution.corr_x)
    assert held.attrs["state"] == "chaotic"
    assert np.isnan(held.attrs["error"]) or held.attrs["error"] == solution.convergence.error


@pytest.mark.long
def test_other_programs_read_the_file(tmp_path):
    """The checksum behind the end of the file and the group of the solution are in nobody's way."""
    import xarray

    solution = dmft.solve_stationary(CHAOTIC)
    dmft.save(solution, tmp_path / "solution.nc")
    with xarray.open_dataset(tmp_path / "solution.nc", engine="h5netcdf", decode_times=False) as held:
        np.testing.assert_array_equal(held["corr_x"], solution.corr_x)
    with h5py.File(tmp_path / "solution.nc", "r+") as file:
        file.attrs["note"] = "mine"
    back = dmft.load(tmp_path / "solution.nc")  # without its seal: through a process of its own
    assert dmft.lyapunov_exponent(back) == dmft.lyapunov_exponent(solution)
    assert dmft.storage.dataset(tmp_path / "solution.nc").attrs["note"] == "mine"


def test_a_file_names_no_class_but_those_of_solutions():
    from dmft.storage.remaking import solution_of
    from dmft.storage.state import State

    for address in (
        "os:system",
        "dmft.theories.solution:delivered",
        "save",
        "dmft.storage.writing:_Writer",
        "builtins:eval",
    ):
        with pytest.raises(ValueError, match="no class"):
            solution_of(State({"type": address, "fields": {}}), None)


def test_a_state_cannot_ask_for_too_much():
    from dmft.storage.remaking import solution_of
    from dmft.storage.state import State

    for tree, words in (
        ({"half line": [{"array": "a"}, 10**9]}, "degree of a mesh"),
        ({"made": "dmft.numerics.spectral_elements:HalfLine", "of": {"degree": 10**9}}, "sizes of a table"),
        ({"averages": float("inf")}, "finite and positive|None"),
        ({"empty": [[10**9, 10**9], "<f8"]}, "empty array"),
    ):
        with pytest.raises(ValueError, match=words):
            solution_of(State(tree, {"a": np.array([0.0, 1.0])}), None)


def test_nothing_that_a_process_holds_is_kept_in_the_file(tmp_path):
    solution = dmft.solve_stationary(CHAOTIC)
    dmft.save(solution, tmp_path / "solution.nc")
    content = (tmp_path / "solution.nc").read_bytes()
    assert b"pickle" not in content
    with h5py.File(io.BytesIO(content)) as file:
        assert set(file["solution"]) >= {"tree"}
