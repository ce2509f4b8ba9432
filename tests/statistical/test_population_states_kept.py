"""Which of five coexisting states a drawn network of excitation and inhibition keeps, started in each of them.

A fixed point and chaos that are stable, a chaotic state and a fixed point between the two that one mode of means and
covariances leaves, and the fixed point that is the chaotic one's unstable core. Networks of 1000 units, in numpy.
"""

import numpy as np
import pytest

import dmft
from dmft.phases.excitation_inhibition_diagram import BIAS, GAIN, usual

pytestmark = pytest.mark.long

SIZE, STEPS, STEP, GAIN_VALUE, INPUT = 1000, 2400, 0.05, 4.0, -1.1
MEANS = np.array([[6.0, -12.0], [12.0, -2.0]])


@pytest.fixture(scope="module")
def states():
    return dmft.branches(usual().replace(**{BIAS: INPUT, GAIN: GAIN_VALUE}))


def ended(start, seed):
    """Variance of x over E units at the end, its mean over the last third, started in the theory's law of a state."""
    rng = np.random.default_rng([20261131, seed])
    of = np.repeat([0, 1], [int(0.8 * SIZE), SIZE - int(0.8 * SIZE)])
    tau, bias = np.array([1.0, 2.0])[of], np.array([INPUT, -1.0])[of]
    couplings = rng.normal(size=(SIZE, SIZE)) * GAIN_VALUE / np.sqrt(SIZE) + MEANS[np.ix_(of, of)] / SIZE
    couplings = couplings.astype(np.float32)
    x = (start.mean_x[of] + np.sqrt(start.variance[of]) * rng.normal(size=SIZE)).astype(np.float32)
    spread, moved = [], 0.0
    for n in range(STEPS):
        change = STEP * (-x + bias + couplings @ (0.5 + 0.5 * np.tanh(2.0 * x))) / tau
        x += change.astype(np.float32)
        if n > 2 * STEPS // 3:
            spread.append(float(np.var(x[of == 0])))
            moved = max(moved, float(np.max(np.abs(change))))
    return float(np.mean(spread)), moved / STEP


def test_the_five_states(states):
    assert [b.solution.state for b in states] == ["fixed point", "fixed point", "chaotic", "chaotic", "fixed point"]
    assert [b.stable for b in states] == [True, False, False, True, False]
    assert states.complete


@pytest.mark.parametrize("seed", range(2))
def test_networks_keep_the_stable_ones_and_leave_the_others(states, seed):
    rest, _, _, chaos, _ = (float(b.solution.variance[0]) for b in states)
    for branch in states:
        spread, moved = ended(branch.solution, seed)
        still = branch.solution.state == "fixed point"
        if branch.stable and still:
            assert spread == pytest.approx(rest, rel=0.2)
            assert moved < 1e-3
        elif branch.stable:
            assert spread == pytest.approx(chaos, rel=0.3)  # 1000 units: c scatters by 15 % from network to network
            assert moved > 0.1
        elif float(branch.solution.variance[0]) < 1.0:  # between: to either side, and 10 times as far away
            assert spread < 0.1 * float(branch.solution.variance[0]) or spread > 0.5 * chaos
        else:  # the unstable core of chaos: means and variances stay, x moves
            assert spread == pytest.approx(chaos, rel=0.3)
            assert moved > 0.1
