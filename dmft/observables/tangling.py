"""How far a flow is from one that its state alone could drive: trajectory tangling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import positive
from dmft.models.responses import responses

_BLOCK = 512


def tangling(states: ArrayLike | Sequence[ArrayLike], dt: float, *, softening: float = 0.1) -> list[FloatArray]:
    """Return Q(t) = max_t' |x'(t) - x'(t')|^2/(|x(t) - x(t')|^2 + eps), t' running over all conditions.

    Large where states are close and their velocities are not [Russo, Bittner, Perkins et al., Neuron 97, 953 (2018)].
    Velocities are differences of neighbouring states over dt, central inside and one-sided at the ends; take the dt of
    the data, since interpolation smooths velocities.

    Parameters
    ----------
    states : one trajectory, shape (n_times, n_features), or one for each condition; they are pooled.
    dt : time between states, in any unit; Q has the unit of 1/time^2.
    softening : eps over the total variance of the pooled states.

    Returns
    -------
    list of arrays, shape (n_times,), one for each condition.

    Raises
    ------
    ValueError, TypeError : for trajectories of fewer than three states, unequal features, or not finite; for states
        that never change.
    TooCostlyError : for more pairs of times than a day is long enough for.

    Accuracy
    --------
    A circle at unit speed against its closed form: `tests/unit/test_geometry_of_data.py`.

    Cost
    ----
    n_times^2 n_features products; 1 s for 5000 times of 100 features.
    """
    dt, softening = positive("dt", dt), positive("softening", softening)
    single = isinstance(states, np.ndarray) and states.ndim == 2
    several: Any = states
    given: list[Any] = [states] if single else list(several)
    if not given:
        raise ValueError("states must be at least one trajectory, got none")
    runs = [responses(f"states[{i}]", run, least=3) for i, run in enumerate(given)]
    features = {run.shape[1] for run in runs}
    if len(features) > 1:
        raise ValueError(f"trajectories must have one number of features, got {', '.join(map(str, sorted(features)))}")
    x = np.vstack(runs)
    x = x - x.mean(axis=0)  # distances are differences of squares
    check_cost(
        f"tangling of {len(x)} states",
        seconds=1e-10 * len(x) ** 2 * x.shape[1],
        remedy="take fewer times",
    )
    velocity = np.vstack([np.gradient(run, dt, axis=0) for run in runs])
    variance = float(np.sum(np.var(x, axis=0)))
    if variance == 0.0:
        raise ValueError("the states never change: there is no trajectory")
    worst = np.empty(len(x))
    for start in range(0, len(x), _BLOCK):
        part = slice(start, start + _BLOCK)
        ratio = _squares(velocity[part], velocity) / (_squares(x[part], x) + softening * variance)
        worst[part] = ratio.max(axis=1)
    return np.split(worst, np.cumsum([len(run) for run in runs])[:-1])


def _squares(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the squares of all distances."""
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1) - 2.0 * a @ b.T
    return np.asarray(np.maximum(squares, 0.0))
