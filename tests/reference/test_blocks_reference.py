"""Two-site theory of several populations: the sheet's table, and numbers by plain grids of lags and frequencies."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

CASES = json.loads(Path(__file__).with_name("blocks_reference.json").read_text())
PHI = {
    "tanh": dmft.Tanh(),
    "erf": dmft.Erf(),
    "sigmoid": dmft.Symbolic("(1 + tanh(x))/2"),
    "sigmoid2": dmft.Symbolic("(1 + tanh(2*x))/2"),
    "sigmoid3": dmft.Symbolic("(1 + tanh(3*x))/2"),
}
# Equation sheet, table 8: PR/N of x and phi, blocks of x and phi, and how far its grid may be off (relative).
SHEET = {
    "S1": (
        {"f": [0.5, 0.5], "G": [[16, 4], [9, 9]], "phi": ["tanh", "tanh"], "tau": [1, 2.5]},
        (0.02750297141, 0.03945781669),
        [386.7370685, 264.8529908, 264.8529908, 239.7997269],
        [3.285008048, 2.699538234, 2.699538234, 3.163578785],
        1e-7,
    ),
    "S2": (
        {"f": [0.4, 0.6], "G": [[4, 2], [6, 1]], "phi": ["tanh", "tanh"], "tau": [1, 2.5]},
        (0.007141688312, 0.008334825707),
        [29.72411901, 44.26248032, 44.26248032, 68.09392069],
        [3.396638393, 5.032215614, 5.032215614, 7.738750045],
        1e-8,
    ),
    "S3": (
        {"f": [0.5, 0.5], "G": [[9, 1], [4, 2.25]], "phi": ["tanh", "erf"]},
        (0.01289512304, 0.01649950024),
        [138.8142338, 76.11794038, 76.11794038, 45.17880458],
        [5.136576806, 4.201642091, 4.201642091, 3.78748226],
        5e-9,
    ),
    "S6": (
        {
            "f": [0.4, 0.6],
            "G": [[1.5, 0.8], [2.0, 0.5]],
            "phi": ["tanh", "tanh"],
            "tau": [1, 2.5],
            "sigma2": [1.0, 0.5],
        },
        (0.4350419581, 0.4636718784),
        [0.2368590121, 0.03846982185, 0.03846982185, 0.05931671512],
        [0.05394713394, 0.01266017507, 0.01266017507, 0.03007564079],
        1e-5,
    ),
    "S7": (
        {"f": [1.0], "G": [[2.25]], "phi": ["tanh"], "h": [0.5], "s": [1.0], "sigma2": [1.0]},
        (0.5831866421, 0.4568249349),
        [0.9107750033],
        [0.07149495297],
        1.2e-5,
    ),
    "S8": (
        {
            "f": [0.5, 0.5],
            "G": [[1.0, 1.5], [2.0, 0.6]],
            "phi": ["sigmoid", "tanh"],
            "M": [[1.0, -2.0], [1.5, -1.0]],
            "tau": [1, 2.0],
            "h": [0.3, 0.2],
            "sigma2": [0.5, 1.0],
            "s": [0.4, 0.0],
        },
        (0.7880306922, 0.5191100424),
        [0.05581627144, 0.007849520426, 0.007849520426, 0.04300610513],
        [0.0006827860109, 0.0003818723189, 0.0003818723189, 0.009584314706],
        2.5e-5,
    ),
}


def network(model):
    n = len(model["f"])
    populations = {}
    for a, fraction in enumerate(model["f"]):
        noise = model.get("sigma2", [0.0] * n)[a]
        populations["abc"[a]] = dmft.Population(
            PHI[model["phi"][a]],
            dmft.Leaky(model.get("tau", [1.0] * n)[a]),
            drive=dmft.WhiteNoise(noise) if noise else None,
            bias=model.get("h", [0.0] * n)[a],
            fraction=fraction,
            threshold_variance=model.get("s", [0.0] * n)[a],
        )
    mean = dmft.Mean(model["M"]) if "M" in model else None
    return dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(model["G"]).tolist()), mean))


@pytest.mark.parametrize("name", SHEET)
def test_table_of_the_sheet(name):
    model, dimensions, blocks_x, blocks_phi, off = SHEET[name]
    two_site = dmft.solve_two_site(dmft.solve_stationary(network(model)), lags=[0.0])
    assert two_site.convergence.error < 1e-5
    for of, expected, blocks in zip(("x", "phi"), dimensions, (blocks_x, blocks_phi)):
        value = dmft.effective_dimension(two_site, of)
        assert abs(value / expected - 1) <= off + value.error / value
        np.testing.assert_allclose(np.ravel(dmft.covariance_blocks(two_site, of)), blocks, rtol=2.5 * off)


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_plain_grids(name):
    """S9 of the sheet among them, whose own number is .6 % off: its Hermite series is too short for steep units."""
    numbers, change = CASES[name]["numbers"], CASES[name]["change"]
    solution = dmft.solve_stationary(network(CASES[name]["model"]), rtol=1e-8)
    allowed = 2e-6 + 0.5 * change
    np.testing.assert_allclose(solution.variance, numbers["variance"], rtol=1e-6)
    np.testing.assert_allclose(solution.static_variance, numbers["frozen"], rtol=1e-6)
    for of in ("x", "phi"):
        value = dmft.effective_dimension(solution, of)
        assert abs(value / numbers[f"dimension_{of}"] - 1) <= allowed + value.error / value
        np.testing.assert_allclose(dmft.covariance_blocks(solution, of), numbers[f"blocks_{of}"], rtol=3 * allowed)
