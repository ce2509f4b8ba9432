"""What the two-site theory says of the quantities that `validation.Dimension` measures."""

from __future__ import annotations

from typing import Any

import numpy as np


def dimension_numbers(two_site: Any, simulation: Any) -> dict[str, float]:
    """Return the numbers of a `dmft.TwoSiteSolution` that a simulation with "dimension" has, for `compare`.

    They are 1/(PR/N) = N tr Sigma^2/(tr Sigma)^2, which is what the theory averages over couplings, and
    psi(lag) = sum_ij C_ij(lag)^2/N.
    """
    zero = np.zeros(1)
    lags = simulation.coordinates["psi_lag"]
    numbers: dict[str, float] = {}
    for of in ("x", "phi"):
        psi = two_site.psi_at(lags, of=of)
        numbers[f"inverse_dimension_{of}"] = float(psi[lags == 0][0] / two_site.kernel.single(zero, of)[0] ** 2)
        numbers.update({f"psi_{of}[{lag:g}]": float(value) for lag, value in zip(lags, psi, strict=True)})
    return numbers
