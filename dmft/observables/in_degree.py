"""What a finite number of inputs does to the variance of activity: x is not Gaussian, by its fourth cumulant over K."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.numerics.value import Value
from dmft.theories.stationary import StationarySolution

# Nodes of the trapezoid rule and half its width, in standard deviations: spectral for what is smooth.
_NODES, _WIDTH = 4001, 12.0


@answering
def in_degree_correction(solution: StationarySolution) -> Value:
    """Return a = lim K (c0(K) - c0)/c0, of sparse couplings in discrete time: c0(K) = c0 (1 + a/K + ...).

    Equation: with G = K d^2 the gain squared and k4 K times the fourth cumulant of x at fixed variance

        a = G k4 <(phi^2)''''>/24/(1 - G <(phi^2)''>/2)/c0,   k4 = G^2 (m p4 - e 3 p2^2),   p_n = <phi^n>,

    m = 3 for Gaussian weights and 1 for binary ones, e = 1 for exact in-degrees and 0 for binomial ones.

    Parameters
    ----------
    solution : from `solve_stationary`, of one population of `dmft.Map()` with `dmft.Couplings.sparse`, weights of mean
        0, and no other random couplings.

    Returns
    -------
    Value

    Raises
    ------
    ValueError, TypeError : for other networks: of continuous time the correction needs the cumulant at several times.

    Notes
    -----
    Derived by an expansion in cumulants. Accuracy: that of the averages; against networks of K = 16 within 10 %
    (tests/statistical/test_structure_networks.py), numbers in tests/reference/test_sparse_reference.py; the limit of
    the whole law of x to 1e-3 (tests/limits/test_in_degree_law.py). The next order is felt at few inputs: for Gaussian
    weights and binomial in-degrees K (c0(K)/c0 - 1) is -.424 at K = 24 and -.515(3) at K = 6; its limit is -.4036.
    Cost: 1 ms.
    """
    network: Any = getattr(solution, "network", None)
    couplings: Any = getattr(network, "couplings", None)
    synapses = getattr(couplings, "synapses", None)
    if synapses is None:
        raise TypeError(
            "the correction is that of a state of dmft.Couplings.sparse(...), "
            f"from solve_stationary; got {type(solution).__name__}"
        )
    units = tuple(network.named.values())
    if len(units) != 1 or not units[0].dynamics.discrete:
        raise ValueError("the correction is known of one population in discrete time, dmft.Map()")
    if couplings.random is not None or couplings.mean is not None or couplings.low_rank is not None:
        raise ValueError("the correction is known of sparse couplings alone; leave random, mean and low_rank out")
    degree, weight, deviation = (float(block.item()) for block in synapses.by_block((1.0,)))
    if weight != 0.0:
        raise ValueError(f"the correction is known of weights of mean 0, got {weight:g}")
    variance, mean = float(np.ravel(solution.variance)[0]), float(np.ravel(solution.mean_x)[0])
    if variance <= 0.0:
        raise ValueError("the correction is relative to the variance of x, which is 0 here")
    gain = degree * deviation**2
    of = 3.0 if not synapses.binary else 1.0
    exact = 3.0 if synapses.exact else 0.0
    found = [_correction(units[0].nonlinearity, mean, variance, gain, of, exact, nodes) for nodes in (_NODES, 4501)]
    numerical = abs(found[0] - found[1]) + abs(found[1]) * float(solution.convergence.error)
    return Value(found[1], 0.0, "cumulants", numerical_error=numerical)


def _correction(phi: Any, mean: float, variance: float, gain: float, of: float, exact: float, nodes: int) -> float:
    z = np.linspace(-_WIDTH, _WIDTH, nodes)
    weights: FloatArray = np.exp(-(z**2) / 2.0)
    weights /= weights.sum()
    square = np.asarray(phi(mean + np.sqrt(variance) * z), dtype=float) ** 2
    p2, p4 = float(weights @ square), float(weights @ square**2)
    # Derivatives by parts: <f''> = <f He_2>/c0, <f''''> = <f He_4>/c0^2.
    second = float(weights @ (square * (z**2 - 1.0))) / variance
    fourth = float(weights @ (square * (z**4 - 6.0 * z**2 + 3.0))) / variance**2
    cumulant = gain**2 * (of * p4 - exact * p2**2)
    return gain * cumulant * fourth / 24.0 / (1.0 - gain * second / 2.0) / variance
