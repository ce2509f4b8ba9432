"""Certificates, gaps and identities of least norms, computed here from all features written out."""

import itertools

import numpy as np
import pytest

import dmft

DATA = {}
for seed in range(3):
    rng = np.random.default_rng(seed)
    inputs = np.column_stack([rng.standard_normal((60, 14)), np.ones(60)])
    DATA[seed] = inputs, np.where(rng.random(60) < 0.4, 1.0, -1.0)
NETWORKS = {
    "one layer": dmft.GatedLinear(dmft.HalfSpaces(1, 3, 1), layers=1),
    "one layer, many units": dmft.GatedLinear(dmft.HalfSpaces(7, 2, 1, offsets="median"), layers=1),
    "own gates": dmft.GatedLinear(dmft.HalfSpaces(9, 1, 2)),
    "own gates, three half-spaces": dmft.GatedLinear(dmft.HalfSpaces(5, 3, 2)),
    "gated read-out": dmft.GatedLinear(dmft.HalfSpaces(9, 1, 2), readout="gated"),
    "shared gate": dmft.GatedLinear(dmft.HalfSpaces(1, 3, 2), units=4),
    "shared gate, gated read-out": dmft.GatedLinear(dmft.HalfSpaces(1, 3, 2), units=4, readout="gated"),
    "rectifiers": dmft.GatedLinear(dmft.RectifierGates.drawn(25, 15, 3)),
}


def written_out(network, x):
    """Features of all units and contexts, shape (n, unit, context, input)."""
    codes = network.gates.placed(x).contexts(x)
    psi = np.zeros((len(x), network.gates.n_units, network.gates.n_contexts, x.shape[1]))
    for i, h in itertools.product(range(len(x)), range(codes.shape[1])):
        if codes[i, h] >= 0:
            psi[i, h, codes[i, h]] = x[i]
    return psi


def grouped(network, features):
    """Norms that are added up, of anything of the shape of zeta."""
    if network.layers == 1:
        return np.array([np.linalg.norm(features)])
    if network.readout == "gated":
        return np.linalg.norm(features, axis=-1).ravel()
    return np.linalg.norm(features, axis=(-2, -1)).ravel()


@pytest.mark.parametrize("seed", DATA)
@pytest.mark.parametrize("name", NETWORKS)
def test_certificate_and_gap(name, seed):
    (x, y), network = DATA[seed], NETWORKS[name]
    solved = dmft.solve_implicit_bias(network, x, y)
    assert solved.state == "optimum"
    psi, zeta = written_out(network, x), solved.zeta
    margins = y * np.einsum("ihca,hca->i", psi, zeta)
    assert np.min(margins) == pytest.approx(1.0, abs=1e-10)
    assert np.allclose(y * solved.predict(x), margins, atol=1e-10)
    norms = grouped(network, zeta)
    rho = 0.5 * norms.sum() ** 2 if network.layers == 1 else norms.sum()
    assert solved.norm == pytest.approx(rho, rel=1e-10)
    # The dual: no group sees more than 1, those with weights exactly that, and inputs beyond the margin have no weight.
    assert np.all(solved.dual >= 0.0)
    seen = grouped(network, np.einsum("i,ihca->hca", solved.dual * y, psi))
    assert solved.dual.sum() == pytest.approx(norms.sum(), rel=1e-10)
    assert 1.0 - 1e-12 <= seen.max() <= 1.0 + 1e-6
    assert solved.certificate == pytest.approx(seen.max(), abs=1e-9)
    assert solved.gap <= 1e-6
    assert np.all(np.abs(seen[norms > 1e-4 * norms.max()] - 1.0) < 1e-4)
    assert np.all(solved.dual[margins > 1.001] < 1e-4 * solved.dual.max())


@pytest.mark.parametrize("name", ["own gates", "rectifiers", "shared gate"])
@pytest.mark.parametrize("norm", ["zeta", "function"])
def test_other_norms_are_least(name, norm):
    """No predictor of the same margin has a smaller norm, that over joint contexts by writing all of them out."""
    x, y = DATA[0]
    network = NETWORKS[name]
    if name == "rectifiers":
        network = dmft.GatedLinear(dmft.RectifierGates.drawn(9, 15, 3))
    solved = dmft.solve_implicit_bias(network, x, y, norm=norm)
    assert solved.state == "optimum"
    value = size_of(network, norm, solved.zeta)
    assert solved.norm == pytest.approx(value, rel=1e-9)
    psi = written_out(network, x)
    others = [dmft.solve_implicit_bias(network, x, y, norm=kind) for kind in ("parameters", "zeta", "function")]
    assert all(size_of(network, norm, other.zeta) >= value * (1.0 - 1e-8) for other in others)
    rng = np.random.default_rng(1)
    for _ in range(20):
        step = solved.zeta + 0.05 * rng.standard_normal(solved.zeta.shape) * np.abs(solved.zeta).mean()
        margin = np.min(y * np.einsum("ihca,hca->i", psi, step))
        if margin > 0.0:
            assert size_of(network, norm, step / margin) >= value * (1.0 - 1e-9)


def size_of(network, norm, zeta):
    if norm == "zeta":
        return 0.5 * np.sum(zeta**2)
    units, contexts = zeta.shape[:2]
    closing = network.gates.placed(DATA[0][0]).closing
    choices = [(None, 0)] * units if closing else [range(contexts)] * units
    total, count = 0.0, 0
    for chosen in itertools.product(*choices):
        beta = sum((zeta[h, c] for h, c in enumerate(chosen) if c is not None), np.zeros(zeta.shape[2]))
        total, count = total + beta @ beta, count + 1
    return 0.5 * total / count


@pytest.mark.parametrize("seed", range(4))
def test_the_identity_of_joint_contexts(seed):
    """sum |sum_h zeta_{h, c_h}|^2 = C^H [|sum_h mean|^2 + sum_h mean_c |zeta_hc - mean_h|^2]: the sheet's C.1."""
    rng = np.random.default_rng(seed)
    units, contexts = 4 - seed % 2, 2 + seed
    zeta = rng.standard_normal((units, contexts, 6))
    joint = sum(
        np.sum(sum(zeta[h, c] for h, c in enumerate(chosen)) ** 2)
        for chosen in itertools.product(range(contexts), repeat=units)
    )
    means = zeta.mean(axis=1)
    short = np.sum(means.sum(axis=0) ** 2) + np.sum((zeta - means[:, None]) ** 2) / contexts
    assert joint == pytest.approx(contexts**units * short, rel=1e-10)
    # C zeta_hc - sum_c' zeta_hc' + H^(-1/2) sum_h'c' zeta_h'c' has the same square, up to the factor; 1/(H C) has not.
    everything, own = zeta.sum(axis=(0, 1)), zeta.sum(axis=1)[:, None]
    rotated = contexts * zeta - own + everything / units**0.5
    assert np.sum(rotated**2) == pytest.approx(contexts**3 * joint / contexts**units, rel=1e-10)
    wrong = contexts * zeta - own + everything / (units * contexts)
    assert not np.isclose(np.sum(wrong**2), contexts**3 * joint / contexts**units, rtol=0.05)


@pytest.mark.parametrize("layers", [3, 4, 6])
def test_more_layers_give_a_stationary_point_and_say_so(layers):
    """KKT: of the groups that are left, |A_g^T v| = |zeta_g|^(2/L - 1) up to one factor; no worse than the start."""
    x, y = DATA[1]
    network = NETWORKS["own gates"].replace(layers=layers)
    solved = dmft.solve_implicit_bias(network, x, y)
    assert solved.convergence.status is dmft.Status.LOCAL
    assert solved.state == "stationary"
    assert np.isnan(solved.gap)
    psi = written_out(network, x)
    norms = np.linalg.norm(solved.zeta, axis=(1, 2))
    assert np.min(y * np.einsum("ihca,hca->i", psi, solved.zeta)) == pytest.approx(1.0, abs=1e-9)
    assert solved.norm == pytest.approx(0.5 * layers * np.sum(norms ** (2.0 / layers)), rel=1e-10)
    left = norms > 1e-6 * norms.max()
    seen = np.linalg.norm(np.einsum("i,ihca->hca", solved.dual * y, psi), axis=(1, 2))[left]
    ratio = seen / norms[left] ** (2.0 / layers - 1.0)
    assert np.ptp(ratio) < 1e-5 * ratio.max()
    start = np.linalg.norm(dmft.solve_implicit_bias(NETWORKS["own gates"], x, y).zeta, axis=(1, 2))
    assert solved.norm <= 0.5 * layers * np.sum(start ** (2.0 / layers)) * (1.0 + 1e-12)


@pytest.mark.long
def test_several_starts_find_lower_stationary_points():
    """Three layers: 15 starts find the least that 30 others do, below that of the first; each is stationary."""
    lower = 0
    for seed in (1, 3, 4):
        rng = np.random.default_rng(seed)
        x = np.column_stack([rng.standard_normal((30, 8)), np.ones(30)])
        y = np.where(rng.random(30) < 0.5, 1.0, -1.0)
        network = dmft.GatedLinear(dmft.HalfSpaces(8, 1, seed), layers=3)
        first = dmft.solve_implicit_bias(network, x, y)
        best = dmft.solve_implicit_bias(network, x, y, starts=15, seed=1)
        more = dmft.solve_implicit_bias(network, x, y, starts=30, seed=2)
        assert best.convergence.status is dmft.Status.LOCAL
        assert best.norm == best.stationary_norms[0] == pytest.approx(more.norm, rel=1e-6)
        assert len(best.stationary_norms) == 15
        assert first.norm in best.stationary_norms
        lower += best.norm < first.norm * (1.0 - 1e-3)
        norms = np.linalg.norm(best.zeta, axis=(1, 2))
        assert best.norm == pytest.approx(1.5 * np.sum(norms ** (2.0 / 3.0)), rel=1e-10)
        psi = written_out(network, x)
        assert np.min(y * np.einsum("ihca,hca->i", psi, best.zeta)) == pytest.approx(1.0, abs=1e-9)
        left = norms > 1e-6 * norms.max()
        seen = np.linalg.norm(np.einsum("i,ihca->hca", best.dual * y, psi), axis=(1, 2))[left]
        assert np.ptp(seen * norms[left] ** (1.0 / 3.0)) < 1e-5 * np.max(seen * norms[left] ** (1.0 / 3.0))
    assert lower == 3


def test_a_convex_norm_needs_one_start():
    x, y = DATA[0]
    convex = dmft.solve_implicit_bias(NETWORKS["own gates"], x, y, starts=5)
    assert convex.state == "optimum"
    assert convex.stationary_norms.tolist() == [convex.norm]


def test_order_of_inputs_and_units_and_signs_of_labels():
    x, y = DATA[2]
    codes = np.random.default_rng(0).integers(0, 3, (60, 6))
    network = dmft.GatedLinear(dmft.Contexts(6, 3))
    one = dmft.solve_implicit_bias(network, x, y, contexts=codes)
    order, units = np.random.default_rng(1).permutation(60), [3, 1, 5, 0, 2, 4]
    other = dmft.solve_implicit_bias(network, x[order], -y[order], contexts=codes[order][:, units])
    assert other.norm == pytest.approx(one.norm, rel=1e-8)
    assert np.allclose(other.unit_norms, one.unit_norms[units], atol=1e-4 * one.unit_norms.max())
    turned = np.linalg.qr(np.random.default_rng(2).standard_normal((15, 15)))[0]
    with pytest.warns(dmft.errors.AccuracyWarning, match="no input is constant"):
        rotated = dmft.solve_implicit_bias(network, x @ turned, y, contexts=codes)
    assert rotated.norm == pytest.approx(one.norm, rel=1e-8)
    hot = np.eye(3)[codes]
    assert dmft.solve_implicit_bias(network, x, y, contexts=hot).norm == one.norm
