"""What manifolds refuse, how they are changed, stored, swept, simulated and solved from a command line."""

import json

import numpy as np
import pytest

import dmft
import validation
from dmft.cli import main
from dmft.models.serialization import network_from_mapping, network_to_mapping

RNG = np.random.default_rng(0)
CLOUD = RNG.standard_normal((6, 4)) + 1.0
SHAPES = [
    dmft.Ball(1.0, 5),
    dmft.Ellipsoid([0.5, 0.2]),
    dmft.PointCloud(CLOUD),
    dmft.Manifolds([CLOUD, CLOUD + 1.0]),
    dmft.Manifolds([dmft.Ball(0.3, 2), dmft.Ellipsoid((1.0,))]),
]


@pytest.mark.parametrize(
    ("stated", "error", "said"),
    [
        (lambda: dmft.Ball(-1.0, 3), ValueError, "radius must be finite and not negative"),
        (lambda: dmft.Ball(1.0, 0), ValueError, "dimension must be positive"),
        (lambda: dmft.Ball("1", 2), TypeError, "radius must be a real number"),
        (lambda: dmft.Ellipsoid([]), ValueError, "one an axis"),
        (lambda: dmft.Ellipsoid([0.1, np.nan]), ValueError, r"radii\[1\] must be finite"),
        (lambda: dmft.Ellipsoid([-0.1]), ValueError, "not negative"),
        (lambda: dmft.PointCloud(np.zeros((0, 3))), ValueError, "n_points, n_features"),
        (lambda: dmft.PointCloud([1.0, 2.0]), ValueError, "n_points, n_features"),
        (lambda: dmft.PointCloud([[1.0, 2.0], [np.nan, 0.0]]), ValueError, "1 of 2 rows are not, the first is row 1"),
        (lambda: dmft.PointCloud([[1.0, 0.0], [-1.0, 0.0]]), ValueError, "the centre of the points is the origin"),
        (lambda: dmft.PointCloud("abc"), TypeError, "points must be an array of numbers"),
        (lambda: dmft.PointCloud([[1e200, 1.0]]), ValueError, "scale them"),
        (lambda: dmft.PointCloud(np.ones((2, 2)) * 1j), TypeError, "points must be an array of numbers"),
        (lambda: dmft.PointCloud([["1", "2"]]), TypeError, "points must be an array of numbers"),
        (lambda: dmft.PointCloud(np.array([["2020-01-01"]], dtype="datetime64[D]")), TypeError, "an array of numbers"),
        (lambda: dmft.PointCloud(np.ma.masked_equal([[1.0, 2.0]], 2.0)), ValueError, "must have no masked entries"),
        (lambda: dmft.Manifolds.from_labels(np.eye(3), [0, np.nan, 1]), ValueError, "1 of them are nan"),
        (lambda: dmft.Manifolds.from_labels(np.eye(3), [0, None, 1]), TypeError, "of one kind, that can be sorted"),
        (lambda: dmft.Manifolds([]), ValueError, "at least one shape"),
        (lambda: dmft.Manifolds(dmft.Ball(1.0, 1)), TypeError, "must be a sequence of shapes"),
        (lambda: dmft.Manifolds([3.0]), TypeError, r"manifolds\[0\] must be a Ball"),
        (lambda: dmft.Manifolds([np.eye(2), np.eye(3)]), ValueError, "one number of features, got 2, 3"),
        (lambda: dmft.Manifolds([dmft.Ball(1.0, 1)]).joint(), ValueError, "state each as a PointCloud"),
        (lambda: dmft.Manifolds.from_labels(np.eye(3), [1, 2]), ValueError, r"got \(3, 3\) and \(2,\)"),
        (lambda: dmft.solve_manifolds(3.0), TypeError, "must be a dmft.Ball"),
        (lambda: dmft.solve_manifolds(dmft.Ball), TypeError, "must be a dmft.Ball"),
        (lambda: dmft.solve_manifolds(SHAPES[0], margin=-0.1), ValueError, "margin must be finite and not negative"),
        (lambda: dmft.solve_manifolds(SHAPES[2], samples=1), ValueError, "samples must be at least 2"),
        (lambda: dmft.solve_manifolds(SHAPES[2], accuracy=0.0), ValueError, "accuracy must be finite and positive"),
        (lambda: dmft.solve_manifolds(SHAPES[2], accuracy=1e-9), dmft.TooCostlyError, "raise accuracy"),
        (lambda: dmft.solve_manifolds(SHAPES[2], samples=10**9), dmft.TooCostlyError, "at most 1e.07 are tried; take"),
        (lambda: dmft.solve_manifolds(SHAPES[2], seed=-1), ValueError, "seed must be at least 0"),
        (lambda: dmft.solve_manifolds(SHAPES[0], labels=[1]), ValueError, "leave labels out"),
        (lambda: dmft.solve_manifolds(SHAPES[3], labels=[1, 0]), ValueError, r"labels must be \+1 or -1"),
        (lambda: dmft.solve_manifolds(SHAPES[3], labels=[1]), ValueError, "one for each of 2 manifolds"),
        (lambda: dmft.solve_manifolds(SHAPES[3], labels="random"), ValueError, "or one of 'balanced', 'one-vs-rest'"),
        (lambda: dmft.solve_manifolds(SHAPES[2], labels="balanced"), ValueError, "at least two manifolds"),
    ],
)
def test_refusals(stated, error, said):
    with pytest.raises(error, match=said):
        stated()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"measure": "separable"}, "load must be given to measure separable"),
        ({"measure": "dimension", "sizes": 10}, "leave sizes out"),
        ({"measure": ("dimension", "capacity")}, "measured alone"),
        ({"measure": "capacity", "labels": [1, -1]}, "the number of manifolds is given"),
        ({"measure": "separable", "labels": [1, -1], "load": 1.0, "sizes": 4}, "load must be left out with labels"),
        ({"measure": "width"}, "measure must be among 'capacity'"),
        ({"measure": "few_shot_error", "shots": 0}, "shots must be at least 1"),
        ({"measure": "few_shot_error", "labels": [1, -1]}, "without labels"),
        ({"measure": "separable", "load": -1.0, "sizes": 4}, "load must be finite and positive"),
    ],
)
def test_simulate_refuses(settings, said):
    with pytest.raises(ValueError, match=said):
        validation.simulate(SHAPES[3], **settings, seed=1)


def test_a_simulated_ball_has_whole_dimensions():
    with pytest.raises(ValueError, match=r"whole number of dimensions, got 2.5"):
        validation.simulate(dmft.Ball(1.0, 2.5), 10, seed=1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_plain_data_and_back(shape):
    assert network_from_mapping(json.loads(json.dumps(network_to_mapping(shape)))) == shape
    assert hash(shape) == hash(network_from_mapping(network_to_mapping(shape)))


def test_what_is_no_manifold_is_refused_as_data():
    with pytest.raises(ValueError, match="needs 'dimension'"):
        network_from_mapping({"type": "Ball", "radius": 1})
    with pytest.raises(ValueError, match="must be of a type among"):
        network_from_mapping({"type": "Manifolds", "manifolds": [{"type": "Tanh"}]})


def test_paths_and_properties():
    changed = SHAPES[4].replace(**{"manifolds.0.radius": 2.0})
    assert changed.manifolds[0] == dmft.Ball(2.0, 2)
    cloud = dmft.PointCloud([[3.0, 4.0, 1.0], [3.0, 4.0, -1.0]])
    assert (cloud.centre_norm, cloud.axes) == (5.0, pytest.approx([0.2]))
    assert not cloud.points.flags.writeable
    centred = SHAPES[3].centred()
    assert centred.joint()[0].mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-14)
    named = dmft.Manifolds.from_labels(np.arange(8.0).reshape(4, 2) + 1.0, ["b", "a", "b", "a"])
    assert named.manifolds[0].points.tolist() == [[3.0, 4.0], [7.0, 8.0]]


SOLVED = {
    "ball": lambda: dmft.solve_manifolds(SHAPES[0], margin=0.2),
    "ellipsoid": lambda: dmft.solve_manifolds(SHAPES[1], accuracy=5e-2),
    "clouds": lambda: dmft.solve_manifolds(SHAPES[3], accuracy=5e-2),
    "labels": lambda: dmft.solve_manifolds(SHAPES[3], labels=[1, -1], accuracy=5e-2),
}


@pytest.mark.parametrize("name", SOLVED)
def test_solutions_are_stored_and_shown(name, tmp_path):
    solution = SOLVED[name]()
    assert solution.convergence.converged
    assert solution.convergence.error < 0.16
    dmft.save(solution, tmp_path / "a.nc")
    back = dmft.load(tmp_path / "a.nc")
    for field in solution.variables:
        assert np.array_equal(getattr(back, field), getattr(solution, field), equal_nan=True), field
    assert back.network == solution.network
    assert "capacity" in solution._repr_html_()
    assert "chung2018" in dmft.cite(back)
    again = SOLVED[name]()
    assert again.capacity == solution.capacity


def test_a_cloud_too_large_for_text_is_stored_as_numbers_alone(tmp_path):
    cloud = dmft.PointCloud(np.random.default_rng(0).standard_normal((10, 40_000)))
    solution = dmft.solve_manifolds(cloud, samples=4, accuracy=1.0)
    dmft.save(solution, tmp_path / "a.nc")
    assert float(dmft.load(tmp_path / "a.nc")["capacity"]) == solution.capacity


def test_a_sweep():
    grid = dmft.phase_diagram(
        dmft.Ball(1.0, 3), {"radius": [0.5, 1.0], "margin": [0.0, 0.5]}, {"alpha": "capacity", "R": "radius"}
    )
    assert float(grid["alpha"][1, 0]) == pytest.approx(0.5, rel=1e-12)
    assert np.all(np.diff(grid["alpha"], axis=0) < 0)
    assert np.all(grid["alpha_error"] < 1e-12)


def test_a_simulation_is_stored_and_pooled(tmp_path):
    first = validation.simulate(SHAPES[3], labels=[1, -1], measure="dimension", n_realizations=3, seed=1)
    second = validation.simulate(SHAPES[3], labels=[1, -1], measure="dimension", n_realizations=2, seed=2)
    validation.save(first, tmp_path / "a")
    both = validation.load(tmp_path / "a") + second
    assert both.n_realizations == {2: 5}
    kept = validation.simulate(SHAPES[1], 10, n_realizations=3, seed=1, checkpoint=tmp_path / "log")
    again = validation.simulate(SHAPES[1], 10, n_realizations=3, seed=1, checkpoint=tmp_path / "log")
    assert np.array_equal(kept.values("capacity", 10), again.values("capacity", 10))


def test_compare_refuses_what_does_not_belong_together():
    simulation = validation.simulate(SHAPES[3], labels=[1, -1], measure="dimension", n_realizations=3, seed=1)
    for theory, said in (
        (dmft.solve_manifolds(SHAPES[3]), "the same labels"),
        (dmft.solve_manifolds(SHAPES[2]), "the same manifolds"),
        (dmft.solve_manifolds(SHAPES[3], labels=[1, -1], margin=0.01, accuracy=0.1), "the same margin"),
    ):
        with pytest.raises(ValueError, match=said):
            validation.compare(theory, simulation)


def test_half_load_refuses_one_side():
    simulations = [
        validation.simulate(dmft.Ball(0.0, 1), 10, load=a, measure="separable", n_realizations=3, seed=1)
        for a in (0.1, 0.2)
    ]
    with pytest.raises(ValueError, match="take loads on both sides"):
        validation.half_load(simulations)


def run(*words):
    with pytest.raises(SystemExit) as outcome:
        main(list(words))
    return outcome.value.code or 0


def test_the_command(capsys, tmp_path):
    assert run("solve", "manifolds", "--radius", "1", "--dimension", "5", "--json") == 0
    assert json.loads(capsys.readouterr().out)["capacity"] == pytest.approx(1 / 3, rel=1e-12)
    assert run("solve", "manifolds", "--radii", "0.5,0.3", "--accuracy", "0.05") == 0
    assert "+-" in capsys.readouterr().out
    file = tmp_path / "points.npz"
    np.savez(file, points=np.vstack([CLOUD, CLOUD + 1.0]), classes=[0] * 6 + [1] * 6)
    output = str(tmp_path / "a.nc")
    words = ("solve", "manifolds", "--points", str(file), "--labels", "one-vs-rest", "--accuracy", "0.1", "-o", output)
    assert run(*words) == 0
    assert "statistical_dimension" in capsys.readouterr().out
    assert run("cite", output) == 0
    assert "Perceptual" in capsys.readouterr().out.title()
    (tmp_path / "bad.npy").write_bytes(b"nothing")
    for wrong in (
        ("--radius", "1"),
        ("--radii", "a,b"),
        ("--points", str(tmp_path / "bad.npy")),
        ("--radius", "-1", "--dimension", "2"),
        ("--radii", "1", "--labels", "balanced"),
        ("--radii", "1", "--centred"),
        (),
    ):
        assert run("solve", "manifolds", *wrong) == 2
        told = capsys.readouterr()
        assert "Traceback" not in told.err + told.out
