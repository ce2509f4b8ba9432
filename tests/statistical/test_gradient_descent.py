"""Gradient descent beside its limit: reached where units share a gate, never passed, and told from another one."""

import numpy as np
import pytest

import dmft
import validation
from validation.gated.running import descended


def drawn(seed, n=40, length=20):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.standard_normal((n + 400, length)), np.ones(n + 400)])
    y = np.where(rng.random(n + 400) < 0.5, 1.0, -1.0)
    return (x[:n], y[:n]), (x[n:], y[n:])


SHARED = {
    "one layer": dmft.GatedLinear(dmft.HalfSpaces(1, 1, 0), layers=1),
    "shared gate": dmft.GatedLinear(dmft.HalfSpaces(1, 1, 0), units=5),
    "gated read-out": dmft.GatedLinear(dmft.HalfSpaces(1, 1, 0), units=5, readout="gated"),
}
OTHERS = {
    "own gates": dmft.GatedLinear(dmft.HalfSpaces(6, 1, 0)),
    "own gates, gated read-out": dmft.GatedLinear(dmft.HalfSpaces(6, 1, 0), readout="gated"),
    "rectifiers' gates": dmft.GatedLinear(dmft.RectifierGates.drawn(20, 21, 0)),
}


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", SHARED)
def test_the_limit_is_reached(name, seed):
    """Ratio to the least norm at most 1.005, cosine of what is said of other inputs at least 0.9999."""
    train, test = drawn(seed)
    limit = dmft.solve_implicit_bias(SHARED[name], *train)
    trained = validation.train(SHARED[name], data=train, seed=1, steps=12_000)
    assert 1.0 <= trained.value / limit.norm <= 1.005
    ours, theirs = limit.predict(test[0]), trained.predict(test[0])
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) >= 0.9999


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", [*SHARED, *OTHERS])
def test_no_network_is_ever_below(name, seed):
    """Weak duality: (|theta|^2/2)/margin^(2/L) >= rho(zeta)/margin^(2/L) >= the least norm, at every moment."""
    train, _ = drawn(seed)
    network = (SHARED | OTHERS)[name]
    limit = dmft.solve_implicit_bias(network, *train)
    trained = validation.train(network, data=train, seed=2, steps=3000)
    assert np.all(trained.path.values >= limit.norm * (1.0 - limit.gap))
    assert np.isfinite(trained.value)
    assert trained.value <= 1.35 * limit.norm
    maps = trained.maps
    if network.layers == 1:
        rho = 0.5 * np.sum(maps**2) / trained.margin**2
    else:
        place = np.arange(len(maps)) if network.readout == "gated" else trained.unit
        squares = np.bincount(place, np.sum(maps**2, axis=1))
        rho = np.sum(np.sqrt(squares)) / trained.margin
    assert trained.value * (1.0 + 1e-12) >= rho >= limit.norm * (1.0 - limit.gap)


def test_a_trained_rectified_network_is_above_the_limit_of_its_gates():
    train, test = drawn(3)
    for seed in (0, 1):
        trained = validation.train(dmft.RectifiedNetwork(30), data=train, seed=seed, steps=2000)
        frozen = trained.frozen()
        limit = dmft.solve_implicit_bias(frozen, *train)
        assert limit.state == "optimum"
        assert 1.0 < trained.value / limit.norm < 10.0
        # The frozen network says what the trained one says, with its weights.
        open_ = trained.hidden(test[0]) > 0.0
        assert np.array_equal(open_, test[0] @ trained.weights.T > 0.0)
        assert np.allclose(trained.predict(test[0]), trained.hidden(test[0]) @ trained.readout)
        assert dmft.agreement(limit, trained, test[0]) > 0.7  # labels are random: chance is 0.5(25)


def simulated(network, theory, train, test, **settings):
    beside = {"theory": theory.predict(test[0])}
    return validation.simulate(
        network, 8000, data=train, test=test, beside=beside, n_realizations=3, seed=5, **settings
    )


def test_comparisons_agree_and_see_other_norms(tmp_path):
    """Power: a norm 3 % off disagrees."""
    train, test = drawn(4)  # of six draws that in which no test point is next to the boundary
    network = SHARED["shared gate"]
    limit = dmft.solve_implicit_bias(network, *train)
    simulation = simulated(network, limit, train, test, checkpoint=tmp_path / "log")
    table = validation.compare(limit, simulation)
    assert table.verdict == "agree"
    assert {row.quantity for row in table.rows} == {"norm", "accuracy", "agreement_theory"}
    assert table.row("norm").power < 0.03
    for factor in (0.97, 1.03):
        assert validation.compare({"norm": factor * limit.norm}, simulation).verdict == "disagree"
    again = simulated(network, limit, train, test, checkpoint=tmp_path / "log")  # finished ones are not run again
    assert np.array_equal(again.values("norm", 8000), simulation.values("norm", 8000))
    validation.save(simulation, tmp_path / "sim")
    back = validation.load(tmp_path / "sim")
    assert validation.compare(limit, back).verdict == "agree"
    with pytest.raises(ValueError, match="no data to go on with"):
        descended(back.plan, 10, back.seeds[8000][0])


@pytest.mark.long
def test_comparisons_see_the_limit_of_other_gates():
    train, test = drawn(0)
    network = SHARED["shared gate"]
    other = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.HalfSpaces(1, 1, 9), units=5), *train)
    wrong = simulated(network, other, train, test)
    assert validation.compare({"agreement_theory": 1.0}, wrong).verdict == "disagree"
    another = simulated(network, dmft.solve_implicit_bias(network, *train), train, test)
    with pytest.raises(ValueError, match=r"the same (limit|digest)"):
        wrong + another


def test_comparisons_are_refused():
    train, test = drawn(0)
    network = SHARED["shared gate"]
    limit = dmft.solve_implicit_bias(network, *train)
    simulation = validation.simulate(network, 50, data=train, test=test, n_realizations=2, seed=5)
    with pytest.raises(ValueError, match="the same network"):
        validation.compare(dmft.solve_implicit_bias(SHARED["one layer"], *train), simulation)
    with pytest.raises(ValueError, match="the same training set"):
        validation.compare(dmft.solve_implicit_bias(network, *drawn(1)[0]), simulation)
    with pytest.raises(ValueError, match="that of the zeta"):
        validation.compare(dmft.solve_implicit_bias(network, *train, norm="zeta"), simulation)
    with pytest.raises(ValueError, match="beside compares"):
        validation.simulate(network, 50, data=train, beside={"a": test[1]}, seed=1)
    with pytest.raises(ValueError, match="one number for each of the 400"):
        validation.simulate(network, 50, data=train, test=test, beside={"a": [1.0]}, seed=1)
    # Nothing is known of a network that does not fit its training set yet.
    unfit = validation.simulate(network, 2, data=train, test=test, n_realizations=2, seed=5)
    with pytest.warns(dmft.errors.AccuracyWarning, match="not all runs fit"):
        table = validation.compare(limit, unfit)
    assert [row.quantity for row in table.rows] == ["accuracy"]
    assert table.verdict == "undecided"


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_a_convolution_ends_with_few_frequencies():
    """Few inputs, so that few frequencies do; where they compete for long (seed 0: ratio 1.01 here) it is above."""
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((12, 16)), np.where(rng.random(12) < 0.5, 1.0, -1.0)
    network = dmft.LinearConvolution(2)
    limit = dmft.solve_implicit_bias(network, x, y)
    trained = validation.train(network, data=(x, y), seed=2, steps=20_000, scale=0.05)
    assert 1.0 <= trained.value / limit.norm <= 1.005
    assert cosine(limit.zeta[0, 0], trained.map) >= 0.9999
    strength = np.abs(np.fft.rfft(trained.map))
    assert np.all(strength[~limit.active] < 1e-3 * strength.max())
    assert np.sum(~limit.active) == 2
    svm = dmft.solve_implicit_bias(network.replace(layers=1), x, y)
    assert cosine(svm.zeta[0, 0], trained.map) < 0.99
    # By its definition: every kernel is correlated with what the others make of the input.
    shifts = (np.arange(16)[:, None] + np.arange(16)) % 16
    assert np.allclose(trained.predict(x), x[:, shifts] @ trained.kernels[1] @ trained.kernels[0])
    with pytest.raises(ValueError, match="no gates"):
        trained.predict(x, contexts=np.zeros((12, 1)))
    with pytest.raises(ValueError, match="16 components"):
        trained.predict(x[:, :5])


@pytest.mark.long
def test_convolutions_are_compared():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((12, 16)), np.where(rng.random(12) < 0.5, 1.0, -1.0)
    network = dmft.LinearConvolution(2)
    limit, svm = (dmft.solve_implicit_bias(network.replace(layers=layers), x, y) for layers in (2, 1))
    settings = {"data": (x, y), "scale": 0.05, "n_realizations": 2, "seed": 2}
    row = validation.compare(limit, validation.simulate(network, 20_000, **settings)).row("norm")
    assert row.verdict in ("agree", "undecided")
    assert abs(row.estimate.value - limit.norm) < 0.01 * limit.norm
    other = validation.compare(svm, validation.simulate(network.replace(layers=1), 8000, **settings)).row("norm")
    assert other.verdict == "agree"


def test_seeds_and_runs():
    train, _ = drawn(1)
    network = OTHERS["own gates"]
    one, two = (validation.train(network, data=train, seed=7, steps=200) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)
    assert not np.array_equal(one.weights, validation.train(network, data=train, seed=8, steps=200).weights)
    assert np.array_equal(one.path.steps, np.unique(np.geomspace(1, 200, 60).astype(int)))


def test_the_gradient_is_that_of_the_loss():
    """A small step lowers the logarithm of the loss by |gradient|^2 times its length, in each kind of network."""
    from validation.gated.kinds import descent_of

    (x, y), _ = drawn(2)
    kinds = [*SHARED.values(), *OTHERS.values(), OTHERS["own gates"].replace(layers=4), dmft.RectifiedNetwork(9)]
    kinds += [dmft.LinearConvolution(layers) for layers in (1, 2, 4)]
    for network in kinds:
        descent = descent_of(network)(network, x, y, None, rate=1e-7, scale=0.5, rng=np.random.default_rng(3))

        def weights(descent=descent):
            return np.concatenate([np.ravel(getattr(descent, name, ())) for name in ("w", "v", "kernels")])

        def loss(descent=descent):
            return np.log(np.sum(np.exp(-y * descent.output())))

        before, theta, square = loss(), weights(), descent.square
        assert square == pytest.approx(np.sum(theta**2), rel=1e-12)
        descent.advance(1)
        eta = descent._rate / max(1.0, square ** (descent._depth - 1))
        assert before - loss() == pytest.approx(np.sum((weights() - theta) ** 2) / eta, rel=1e-3)


def test_contexts_given_and_half_spaces_train_alike():
    train, test = drawn(4)
    gates = dmft.HalfSpaces(3, 2, 1)
    codes, others = (gates.placed(train[0]).contexts(part) for part in (train[0], test[0]))
    by_gates = validation.train(dmft.GatedLinear(gates), data=train, seed=1, steps=300)
    given = dmft.GatedLinear(dmft.Contexts(3, 4))
    by_contexts = validation.train(given, data=train, contexts=codes, seed=1, steps=300)
    assert np.array_equal(by_gates.weights, by_contexts.weights)
    assert np.allclose(by_gates.predict(test[0]), by_contexts.predict(test[0], contexts=others))
    simulation = validation.simulate(
        given, 300, data=train, test=test, contexts=codes, test_contexts=others, n_realizations=2, seed=1
    )
    assert simulation.mean("norm", 300) > 0.0
