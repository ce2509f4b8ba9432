"""A sweep tells: observables that cannot work, workers that cannot start, and the error of every number."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import phase_toys as toys
import pytest

import dmft
from dmft.numerics.convergence import Convergence, Status


def test_the_dimension_goes_its_way_by_itself():
    """It takes the solution of the sweep, and is that of the two-site theory solved by hand."""
    network = dmft.RandomNetwork(2.0)
    grid = dmft.phase_diagram(network, {"g": [2.0, 3.0]}, observe=[dmft.effective_dimension])
    assert grid["status"].values.tolist() == [0, 0]
    for g, found in zip([2.0, 3.0], grid["effective_dimension"].values, strict=True):
        by_hand = dmft.effective_dimension(dmft.solve_two_site(dmft.solve_stationary(network.replace(g=g))))
        assert found == pytest.approx(by_hand, rel=1e-12)
    with pytest.raises(TypeError, match="takes a solution of solve_stationary or solve_two_site, got float"):
        dmft.effective_dimension(1.0)


@pytest.mark.parametrize(
    ("observe", "words"),
    [
        ([dmft.jacobian_spectrum], "jacobian_spectrum: TypeError: .* must give a number or a word"),
        ({"a": lambda s: s.no_such_field}, "a: AttributeError: .*no_such_field"),
        ({"a": lambda s: undefined_name}, "a: NameError"),  # noqa: F821
        ({"a": lambda: 1.0}, "a: TypeError: .*takes 0 positional"),
        ([dmft.solve_plastic], "solve_plastic: TypeError"),
    ],
)
def test_what_works_at_no_point_is_said_at_the_first(observe, words):
    solved = []

    def solve(network):
        solved.append(network.g)
        return dmft.solve_stationary(network)

    with pytest.raises(TypeError, match=f"works at no point of this sweep: {words}"):
        dmft.phase_diagram(dmft.RandomNetwork(2.0), {"g": np.linspace(1.5, 3, 40)}, observe=observe, solve=solve)
    assert len(solved) <= 3  # the first, the middle and the last


def test_what_works_at_some_points_is_left_to_work():
    """The wrong type at the first point, another kind of solution in the middle."""

    def picky(solution):
        if abs(solution.network.x) > 1:
            raise TypeError("not of this kind")
        return solution.network.x

    grid = dmft.phase_diagram(toys.ToyNetwork(), {"x": np.arange(-3.0, 4.0)}, observe=[picky], solve=toys.solve_toy)
    np.testing.assert_array_equal(grid["picky"], [np.nan, np.nan, -1, 0, 1, np.nan, np.nan])


def test_an_observable_that_fails_everywhere_is_warned_of():
    def never(solution):
        raise ValueError("no; never")

    with pytest.warns(RuntimeWarning, match="failed at each of the 3 points that were solved: never: ValueError: no"):
        dmft.phase_diagram(
            toys.ToyNetwork(), {"x": [-1.0, 0.0, 1.0, 2.0]}, observe=["phase", never], solve=toys.solve_unless_negative
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dmft.phase_diagram(toys.ToyNetwork(), {"x": [-1.0, 4.0]}, observe=[toys.root_of_x], solve=toys.solve_toy)


def rough(network):
    status = Status.UNRESOLVED if network.x > 1 else Status.CONVERGED
    return toys.ToySolution(network, Convergence(status, 1e-12, 3, error=0.01 * network.x))


def test_errors_are_columns(tmp_path):
    """Of a value: sampling and numerical together; of the solution: its bound; through the checkpoint too."""

    def value(solution):
        return dmft.Value(solution.network.x, 0.25, numerical_error=0.5)

    settings = {"observe": {"a": value, "b": lambda s: 1.0}, "solve": rough, "checkpoint": tmp_path / "log"}
    for _ in range(2):
        grid = dmft.phase_diagram(toys.ToyNetwork(), {"x": [0.0, 1.0, 2.0]}, **settings)
        np.testing.assert_array_equal(grid["a_error"], [0.75, 0.75, np.nan])
        assert np.all(np.isnan(grid["b_error"]))
        np.testing.assert_allclose(grid["error"], [0.0, 0.01, 0.02])
        assert grid["status"].values.tolist() == [0, 0, Status.UNRESOLVED.code]
        assert "UNRESOLVED" in grid["status"].attrs["flag_meanings"].split()
        settings["solve"] = rough


def test_the_variance_carries_the_bound_of_its_solution():
    import dataclasses

    def solve(network):
        found = dmft.solve_stationary(network)
        return dataclasses.replace(found, convergence=dataclasses.replace(found.convergence, error=1e-3))

    grid = dmft.phase_diagram(dmft.RandomNetwork(2.0), {"g": [2.0]}, observe="variance", solve=solve)
    assert grid["variance_error"].item() == pytest.approx(1e-3 * grid["variance"].item())


def test_a_name_that_its_errors_would_take_is_refused():
    with pytest.raises(ValueError, match="'a_error' is taken by the error of 'a'"):
        dmft.phase_diagram(
            toys.ToyNetwork(), {"x": [1.0]}, observe={"a": toys.area, "a_error": toys.area}, solve=toys.solve_toy
        )


WORK = """
grid = dmft.phase_diagram(dmft.RandomNetwork(1.5), {"g": [1.5, 2.0]}, observe=["variance"], executor=2)
print("came through", grid["status"].values.tolist())
"""
OWN = """
import dataclasses
import dmft
import numpy as np

@dataclasses.dataclass(frozen=True)
class Own:
    def __call__(self, x):
        return np.tanh(x)
    def derivative(self, x):
        return 1 - np.tanh(x)**2

"""


def finished(command, tmp_path):
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300
    )


@pytest.mark.long
def test_a_script_without_a_guard_is_told_so(tmp_path):
    (tmp_path / "plain.py").write_text(f"import dmft\n{WORK}")
    done = finished(["plain.py"], tmp_path)
    assert done.returncode != 0
    assert "came through" not in done.stdout
    assert 'must keep its own work under `if __name__ == "__main__":`' in done.stderr


@pytest.mark.long
def test_a_class_that_workers_do_not_see_is_named(tmp_path):
    """Of a program without a file, as in a notebook: `__main__` is another one in the workers."""
    work = WORK.replace("RandomNetwork(1.5)", "RandomNetwork(1.5, Own())")
    done = finished(["-c", OWN + work], tmp_path)
    assert done.returncode != 0
    assert "came through" not in done.stdout
    assert "nonlinearity is defined in `__main__`, which they do not see" in done.stderr


@pytest.mark.long
def test_a_guarded_script_with_its_own_class_works(tmp_path):
    body = "\n    ".join(WORK.replace("RandomNetwork(1.5)", "RandomNetwork(1.5, Own())").strip().splitlines())
    (tmp_path / "guarded.py").write_text(f'{OWN}\nif __name__ == "__main__":\n    {body}\n')
    done = finished(["guarded.py"], tmp_path)
    assert "came through [0, 0]" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("over", "executor", "words"),
    [
        (
            {"x": np.linspace(0, 1, 1000), "y": np.linspace(0, 1, 1000), "drive.strength": np.linspace(0, 1, 1000)},
            None,
            "a sweep of 1e\\+09 points would take",
        ),
        ({"x": [1.0]}, 10**12, "a pool of 1e\\+12 worker processes would take about 1.2e\\+11 GB of memory"),
    ],
)
def test_what_is_too_much_is_refused_before_anything_is_allocated(over, executor, words):
    with pytest.raises(dmft.TooCostlyError, match=words):
        dmft.phase_diagram(toys.ToyNetwork(), over, toys.area, solve=toys.solve_toy, executor=executor)


@pytest.mark.long
def test_more_workers_than_points_are_not_started():
    grid = dmft.phase_diagram(toys.ToyNetwork(), {"x": [1.0]}, toys.area, solve=toys.solve_toy, executor=20)
    assert grid["status"].values.tolist() == [0]


def test_a_solver_of_another_network_is_said_at_the_first_point():
    with pytest.raises(TypeError, match="the solver works at no point of this sweep: TypeError"):
        dmft.phase_diagram(dmft.RandomNetwork(2.0), {"g": [1.5, 2.0, 3.0]}, "state", solve=dmft.solve_plastic)
    for observable, solve in ((lambda s: s.no_such_field, None), ("variance", dmft.solve_plastic)):
        with pytest.raises(TypeError, match="no trial could succeed: "):
            dmft.critical_line(
                dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.1)),
                {"g": [1.5]},
                {"drive.intensity": (0.1, 1.0)},
                observable=observable,
                solve=solve,
            )


def test_a_sweep_without_any_solution_is_warned_of():
    with pytest.warns(RuntimeWarning, match="none of the 2 points was solved: stuck below zero"):
        dmft.phase_diagram(toys.ToyNetwork(), {"x": [-2.0, -1.0]}, "phase", solve=toys.solve_unless_negative)


def test_an_edge_that_is_not_found_leaves_the_map(monkeypatch):
    from dmft.phases import drive_diagram as module

    def fails(network):
        raise dmft.NotConvergedError("not here", None)

    monkeypatch.setattr(module, "critical_amplitude", fails)
    network = dmft.BalancedNetwork(2.0, 5000)
    with pytest.warns(RuntimeWarning, match="no critical amplitude was found"):
        grid = dmft.drive_diagram("common", network=network, frequency=[0.2], amplitude=[90.0])
    assert np.isfinite(grid["lyapunov_exponent"].values).all()
    assert np.isnan(grid["chaos_y"].values).all()
