"""What learning signals refuse, how they are stored, swept, drawn and simulated."""

import functools
import json
import math

import numpy as np
import pytest

import dmft
import validation
from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.ensemble import root_seed
from validation.errors import SimulationError
from validation.layered.drawing import drawn, drawn_above
from validation.layered.feedback import feedback_of

SCALAR = dmft.LayeredNetwork([16, 12])
VECTOR = dmft.LayeredNetwork([16, 12], vector_units=3, nonnegative=True)
GLOBAL = dmft.GlobalErrorVector()
STUDENT = dmft.TeacherStudent.drawn(2, 2, seed=1, size=0.5)
DIRECT = dmft.DirectFeedback([1.0, -0.5])
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((60, 16)), RNG.integers(3, size=60)


def overlaps(**changes):
    stated = {name: getattr(STUDENT, name) for name in STUDENT.__dataclass_fields__}
    return dmft.TeacherStudent(**stated | changes)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (lambda: dmft.LayeredNetwork([]), "from 1 to 1000 hidden layers, got 0"),
        (lambda: dmft.LayeredNetwork([0]), r"widths\[0\] must be from 1"),
        (lambda: dmft.LayeredNetwork([2.5]), "must be a whole number"),
        (lambda: dmft.LayeredNetwork([10**9]), "must be from 1 to"),
        (lambda: dmft.LayeredNetwork([4], weights="cauchy"), "must be one of 'gaussian', 'uniform', 'sign'"),
        (lambda: dmft.LayeredNetwork([4], weights=[[1, 2], [0.7, 0.7]]), "add up to 1"),
        (lambda: dmft.LayeredNetwork([4], weights=[[0.0], [1.0]]), "not all zero"),
        (lambda: dmft.LayeredNetwork([4], weights=[[1, math.nan], [0.5, 0.5]]), "finite numbers"),
        (lambda: dmft.LayeredNetwork([4], nonnegative=True), "needs vector_units=K"),
        (lambda: dmft.LayeredNetwork([4, 5], vector_units=3, nonnegative=True), "even: units of .* are in pairs"),
        (lambda: dmft.LayeredNetwork([4], vector_units=1), "vector_units must be from 2"),
        (lambda: dmft.LayeredNetwork([4], vector_units=3, nonlinearity=dmft.Tanh()), "leave nonlinearity out"),
        (lambda: dmft.SignFeedback("mixed"), "kind must be one of"),
        (lambda: dmft.SignFeedback("batch", sizes="initial"), "kind must be 'fixed'"),
        (lambda: dmft.DirectFeedback([0.0, 0.0]), "not all zero"),
        (lambda: dmft.DirectFeedback([[1.0, math.inf]]), "finite"),
        (lambda: overlaps(cross_overlap=[[2.0, 0.0], [0.0, 0.0]]), "those of some vectors"),
        (lambda: overlaps(cross_overlap=[[0.0, 0.0]]), r"cross_overlap must be of shape \(2, 2\)"),
        (lambda: overlaps(student_overlap=[[1.0, 0.3], [0.1, 1.0]]), "must be symmetric"),
        (lambda: overlaps(teacher_readout=[0.0, 0.0]), "must say something"),
        (lambda: overlaps(student_readout=[math.nan, 1.0]), "finite numbers"),
        (lambda: dmft.TeacherStudent.drawn(3, 2, seed=1, dimensions=4), "dimensions must be from 5"),
        (lambda: dmft.solve_alignment(SCALAR, GLOBAL), "vector_units=K"),
        (lambda: dmft.solve_alignment(VECTOR, dmft.SignFeedback()), "half of them zero"),
        (lambda: dmft.solve_alignment(VECTOR, dmft.FeedbackAlignment()), "take GlobalErrorVector"),
        (
            lambda: dmft.solve_alignment(SCALAR.replace(weights=[[0, 1], [0.4, 0.6]]), dmft.SignFeedback()),
            "no sign of a weight that is zero, as 40 % are",
        ),
        (lambda: dmft.solve_alignment(SCALAR, dmft.DirectFeedback([[1.0]])), r"shape \(28, n_outputs\)"),
        (lambda: dmft.solve_alignment(VECTOR.replace(convolutional=True), GLOBAL), "image must be given"),
        (lambda: dmft.solve_kernel(SCALAR, 1.5), "correlation must lie between -1 and 1"),
        (lambda: dmft.solve_kernel(SCALAR.replace(nonlinearity=dmft.Tanh()), 0.5), "rectified ones"),
        (lambda: dmft.solve_online_learning(STUDENT, GLOBAL, rate=0.1, duration=1.0), "Backprop.. or DirectFeedback"),
        (lambda: dmft.solve_online_learning(STUDENT, dmft.DirectFeedback(), rate=0.1, duration=1.0), "must be given"),
        (
            lambda: dmft.solve_online_learning(STUDENT, dmft.DirectFeedback([1.0]), rate=0.1, duration=1.0),
            "must have 2 weights",
        ),
        (
            lambda: dmft.solve_online_learning(STUDENT, DIRECT, rate=0.0, duration=1.0),
            "rate must be finite and positive",
        ),
        (lambda: dmft.solve_online_learning(STUDENT, DIRECT, rate=0.1, duration=1e9), "at most 1000 and duration"),
        (lambda: dmft.solve_online_learning(STUDENT, DIRECT, rate=0.1, duration=1.0, label_noise=-1.0), "not negative"),
        (lambda: validation.simulate(SCALAR, seed=1), "give either rule="),
        (lambda: validation.simulate(SCALAR, rule=GLOBAL, seed=1), "vector_units=K"),
        (lambda: validation.simulate(SCALAR, 500, rule=dmft.Backprop(), seed=1), "sizes must be left out"),
        (lambda: validation.simulate(VECTOR, rule=GLOBAL, outputs=5, seed=1), "as units have components"),
        (lambda: validation.simulate(STUDENT, 3, rule=DIRECT, rate=0.1, duration=1.0, seed=1), "at least the 4 units"),
        (lambda: validation.train(SCALAR, GLOBAL, data=(X, Y), seed=1), "vector_units=K"),
        (lambda: validation.train(VECTOR, GLOBAL, data=(X, Y + 1), seed=1), "labels must be below 3"),
        (lambda: validation.train(SCALAR, dmft.Backprop(), data=(X, Y - 1), seed=1), "whole numbers from 0"),
        (lambda: validation.train(SCALAR, dmft.Backprop(), data=(X, Y[:5]), seed=1), "one an input"),
        (
            lambda: validation.train(SCALAR.replace(convolutional=True), dmft.Backprop(), data=(X[:, :15], Y), seed=1),
            "square images",
        ),
        (lambda: validation.Momentum(momentum=1.0), "momentum must be in"),
        (lambda: dmft.SignFeedback(norm="filter"), "norm must be"),
        (lambda: dmft.solve_tangent(VECTOR, GLOBAL, X, Y, duration=1.0, rtol=1e-16), "rtol must lie between"),
        (lambda: dmft.phase_diagram(SCALAR, {"widths.0": [1, 2]}, "first_angle"), "give solve="),
        (lambda: dmft.phase_diagram(STUDENT, {"student_readout.0": [1, 2]}, "last_error"), "give solve="),
    ],
)
def test_what_is_refused(statement, said):
    with pytest.raises((ValueError, TypeError), match=said):
        statement()


@pytest.mark.parametrize(
    "statement",
    [
        lambda: dmft.LayeredNetwork("ab"),
        lambda: dmft.LayeredNetwork([4], nonnegative="yes", vector_units=3),
        lambda: dmft.solve_alignment(SCALAR, dmft.Backprop),
        lambda: dmft.solve_alignment(STUDENT, dmft.Backprop()),
        lambda: dmft.solve_kernel(STUDENT, 0.5),
        lambda: dmft.solve_online_learning(SCALAR, DIRECT, rate=0.1, duration=1.0),
        lambda: validation.train(SCALAR, dmft.Backprop(), data=X, seed=1),
        lambda: validation.train(SCALAR, dmft.Backprop(), data=(X, Y), optimiser="adam", seed=1),
        lambda: validation.train(SCALAR, dmft.Backprop(), data=(X, Y), forward_norm="layer", seed=1),
        lambda: validation.train(SCALAR, dmft.Backprop(), data=(X, Y), clip=None, seed=1),
    ],
)
def test_what_is_no_statement(statement):
    with pytest.raises(TypeError):
        statement()


@pytest.mark.parametrize(
    "statement",
    [
        SCALAR,
        VECTOR,
        SCALAR.replace(weights=[[1, 3], [0.5, 0.5]], convolutional=True),
        STUDENT,
        DIRECT,
        dmft.DirectFeedback([[1, 2], [3, 4]]),
        dmft.SignFeedback("fixed", sizes="initial", norm="unit"),
    ],
)
def test_statements_come_back(statement):
    assert network_from_mapping(json.loads(json.dumps(network_to_mapping(statement)))) == statement
    assert hash(statement) == hash(statement.replace())


SOLVED = {
    "angles": lambda: dmft.solve_alignment(VECTOR, GLOBAL),
    "signs": lambda: dmft.solve_alignment(SCALAR, dmft.SignFeedback("batch")),
    "kernel": lambda: dmft.solve_kernel(VECTOR, 0.3),
    "online": lambda: dmft.solve_online_learning(STUDENT, DIRECT, rate=0.2, duration=20.0),
    "tangent": lambda: dmft.solve_tangent(VECTOR, GLOBAL, X, Y, duration=0.1),
    "backprop": lambda: dmft.solve_online_learning(STUDENT, dmft.Backprop(), rate=0.2, duration=20.0),
}
PAPERS = {
    "angles": "clark2021",
    "signs": "moskovitz2018",
    "kernel": "cho2009",
    "online": "refinetti2021",
    "tangent": "clark2021",
}


@pytest.mark.parametrize("name", SOLVED)
def test_solutions_come_back_from_files(name, tmp_path):
    solution = SOLVED[name]()
    dmft.save(solution, tmp_path / "a.nc")
    back = dmft.load(tmp_path / "a.nc")
    assert type(back) is type(solution)
    assert (back.network, back.state) == (solution.network, solution.state)
    assert getattr(back, "rule", None) == getattr(solution, "rule", None)
    for field in (*solution.variables, *solution.coordinates):
        assert np.array_equal(getattr(back, field), getattr(solution, field), equal_nan=True)
    assert PAPERS.get(name, "saad1995") in dmft.cite(back)
    assert solution._repr_html_()
    assert solution.plot().axes


def test_a_sweep_over_widths():
    solve = functools.partial(dmft.solve_alignment, rule=GLOBAL)
    diagram = dmft.phase_diagram(VECTOR, {"widths.1": [4, 40, 400]}, ["first_angle", "last_angle"], solve=solve)
    assert diagram["first_angle"].values == pytest.approx(
        [solve(VECTOR.replace(**{"widths.1": n})).first_angle for n in (4, 40, 400)]
    )
    assert np.ptp(diagram["last_angle"].values) < 1e-9
    assert np.all(diagram["status"] == 0)


def test_a_sweep_over_the_rate():
    solve = functools.partial(dmft.solve_online_learning, rule=DIRECT, duration=30.0)
    diagram = dmft.phase_diagram(STUDENT, {"rate": [0.05, 0.2, 0.5]}, ["last_error", "last_alignment"], solve=solve)
    assert np.all(np.diff(diagram["last_error"].values) < 0.0)
    assert np.all(np.diff(diagram["last_alignment"].values) > 0.0)


@pytest.mark.long
def test_simulations_come_back_and_pool(tmp_path):
    settings = {"n_realizations": 3, "seed": 1}
    cases = {
        "angles": (VECTOR, {"rule": GLOBAL, "samples": 2}),
        "kernel": (VECTOR, {"correlation": 0.3, "samples": 2}),
        "online": (STUDENT, {"rule": DIRECT, "rate": 0.2, "duration": 2.0, "sizes": [20]}),
    }
    for name, (network, how) in cases.items():
        sim = validation.simulate(network, **how, **settings)
        validation.save(sim, tmp_path / name)
        back = validation.load(tmp_path / name)
        assert back.plan == sim.plan
        assert all(np.array_equal(back.values(n, sim.sizes[0]), sim.values(n, sim.sizes[0])) for n in sim.variables)
        again = validation.simulate(network, **how, **settings, checkpoint=tmp_path / f"{name}.log")
        assert all(np.array_equal(again.values(n, s), sim.values(n, s)) for n in sim.variables for s in sim.sizes)
        other = validation.simulate(network, **how, n_realizations=2, seed=2)
        assert (sim + other).n_realizations == {sim.sizes[0]: 5}
        assert repr(sim)


def test_comparisons_are_of_the_same_question():
    sim = validation.simulate(VECTOR, rule=GLOBAL, n_realizations=2, seed=1)
    with pytest.raises(ValueError, match="same network and rule"):
        validation.compare(dmft.solve_alignment(VECTOR.replace(widths=[16, 14]), GLOBAL), sim)
    batched = validation.simulate(VECTOR, rule=GLOBAL, batch=3, n_realizations=2, seed=1)
    with pytest.raises(ValueError, match="of one sample"):
        validation.compare(dmft.solve_alignment(VECTOR, GLOBAL), batched)
    student = validation.simulate(STUDENT, 20, rule=DIRECT, rate=0.2, duration=2.0, n_realizations=2, seed=1)
    with pytest.raises(ValueError, match="same student, rule, rate"):
        validation.compare(dmft.solve_online_learning(STUDENT, DIRECT, rate=0.1, duration=2.0), student)
    with pytest.raises(ValueError, match="must come to the time 2"):
        validation.compare(dmft.solve_online_learning(STUDENT, DIRECT, rate=0.2, duration=1.0), student)
    thin = dmft.LayeredNetwork([2, 2, 2, 2])
    silent = validation.simulate(thin, rule=dmft.SignFeedback(), n_realizations=20, seed=1)
    with pytest.raises(ValueError, match="a layer has no signal at all"):
        validation.compare(dmft.solve_alignment(thin, dmft.SignFeedback()), silent)


@pytest.mark.parametrize("name", ["SCALAR", "maps"])
@pytest.mark.parametrize("kind", ["uniform", "fixed", "batch"])
def test_feedback_has_the_norm_of_the_weights(name, kind):
    """|B| = |W| of a layer, or of each row, with the signs of W, after W has changed."""
    network = SCALAR if name == "SCALAR" else SCALAR.replace(convolutional=True)
    rng = np.random.default_rng(0)
    units = drawn(network, 16, 3, rng)
    for norm in ("layer", "unit"):
        rule = dmft.SignFeedback(kind, norm=norm)
        fed = feedback_of(rule, network, units, lambda: drawn_above(network, 16, 3, rng), rng)
        grown = [w * np.exp(rng.standard_normal((len(w), 1))) for w in units.weights[1:]]
        axis = None if norm == "layer" else 1
        for b, w in zip(fed.matrices(grown), grown, strict=True):
            assert np.array_equal(np.sign(b), np.sign(w))
            assert np.linalg.norm(b, axis=axis) == pytest.approx(np.linalg.norm(w, axis=axis), rel=1e-12)
            assert not np.allclose(b, w)


def test_laws_of_any_size():
    """Sizes whose squares are no numbers, and a size that is never drawn."""
    for law in ([[1e300], [1.0]], [[1e-300], [1.0]], [[1.0, 1e-300], [0.0, 1.0]]):
        network = SCALAR.replace(weights=law)
        assert np.all(dmft.solve_alignment(network, dmft.SignFeedback()).angles < 1e-5)
        assert np.array_equal(np.abs(network.law.drawn(np.random.default_rng(0), (3, 4))), np.ones((3, 4)))


def test_divergence_names_the_layer():
    with pytest.raises(
        SimulationError, match=r"diverged in epoch \d+: (weights|activity) of (the read-out|hidden layer)"
    ):
        validation.train(SCALAR, dmft.FeedbackAlignment(), data=(X, Y), seed=1, optimiser=validation.Momentum(1e6))


def test_options_of_training():
    settings = {"data": (X, Y), "seed": 3, "epochs": 4, "batch": 16}
    plain = validation.train(SCALAR, dmft.Backprop(), **settings)
    assert plain.losses[-1] < plain.losses[0]
    assert np.all(plain.angles < 1e-5)
    assert plain.accuracy == np.mean(plain.predict(X) == Y)
    again = validation.train(SCALAR, dmft.Backprop(), **settings)
    assert np.array_equal(plain.losses, again.losses)
    first = drawn(SCALAR, 16, 3, root_seed(3).generators(3)[0])
    kept = validation.train(SCALAR, dmft.Backprop(), **settings, forward_norm=True)
    for before, after in zip(first.weights, kept.units.weights, strict=True):
        assert np.linalg.norm(after) == pytest.approx(np.linalg.norm(before), rel=1e-12)
        assert not np.allclose(before, after)
    steps = validation.train(SCALAR, dmft.Backprop(), **settings, optimiser=validation.Manhattan(1e-3))
    moved = (steps.units.weights[0] - first.weights[0]) / 1e-3
    assert np.allclose(moved, np.round(moved), atol=1e-6)
    clipped = validation.train(VECTOR, GLOBAL, **settings, optimiser=validation.Adam())
    free = validation.train(VECTOR, GLOBAL, **settings, optimiser=validation.Adam(), clip=False)
    assert all(np.all(w >= 0.0) for w in clipped.units.weights[1:])
    assert any(np.any(w < 0.0) for w in free.units.weights[1:])


def test_simulations_show_themselves():
    student = validation.simulate(STUDENT, 20, rule=DIRECT, rate=0.2, duration=4.0, n_realizations=3, seed=1)
    assert [axes.get_ylabel() for axes in student.plot().axes] == ["error", "alignment", "student size"]
    assert student.plot().axes[0].get_xlabel() == "time"
    assert validation.simulate(VECTOR, rule=GLOBAL, n_realizations=2, seed=1).plot().axes
