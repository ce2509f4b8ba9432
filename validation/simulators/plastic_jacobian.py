"""The Jacobian of neurons and plastic synapses together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dmft.models.couplings import Hebbian


def joint_jacobian(
    rule: Hebbian, couplings: NDArray[np.float64], phi: NDArray[np.float64], slope: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the 2N x 2N matrix that holds all eigenvalues of the joint N + N^2 Jacobian but those equal to -1/p.

    [[-1 + (J + A) D, 1], [(k/p) (C0 1 + phi phi^T/N) D, -1/p]] on (dx, dA phi at fixed phi), C0 = |phi|^2/N: right for
    eigenvalues, not for the dynamics of perturbations.

    Parameters
    ----------
    couplings : J + A.
    phi, slope : rates and their derivatives, shape (N,).
    """
    n = len(phi)
    eye = np.eye(n)
    feedback = (rule.k / rule.p) * ((phi @ phi / n) * eye + np.outer(phi, phi) / n) * slope
    return np.block([[couplings * slope - eye, eye], [feedback, -eye / rule.p]])
