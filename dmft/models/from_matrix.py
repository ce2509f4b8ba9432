"""The statement of a matrix of one's own: means and variances of its entries by block, with their errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.errors import AccuracyWarning, warn
from dmft.models.block_estimate import estimate_blocks
from dmft.models.coherence import coherence, warn_of_coherence

if TYPE_CHECKING:
    from dmft.models.network import Network, Population

# Standard errors beyond which a mean or a symmetry is taken for one, and those that row and column sums may be off by.
_SIGNIFICANT, _INDEPENDENT = 4.0, 6.0


def network_of_matrix(
    couplings: Any, labels: Any, populations: Population | Mapping[str, Population] | None
) -> Network:
    """Return the network of `Network.from_matrix`."""
    from dmft.models.couplings import Couplings, Mean, Random
    from dmft.models.network import Network, Population

    found = estimate_blocks(couplings, labels)
    given = Population() if populations is None else populations
    if isinstance(given, Mapping):
        if set(given) != set(found.names):
            raise ValueError(
                f"populations must be those of the labels, {', '.join(map(repr, found.names))}; got "
                f"{', '.join(map(repr, given))}"
            )
        units = {name: given[name] for name in found.names}
    elif isinstance(given, Population):
        units = dict.fromkeys(found.names, given)
    else:
        raise TypeError(f"populations must be a Population, or a mapping of the labels to them, got {given!r}")
    means = np.where(np.abs(found.means) > _SIGNIFICANT * found.means_error, found.means, 0.0)
    symmetric = abs(found.symmetry) > _SIGNIFICANT * found.symmetry_error
    gains, alone = found.gains, found.names == ("",)
    if found.excess > _INDEPENDENT:
        warn(
            f"rows or columns of a block differ by more than independent entries do ({found.excess:.3g} standard "
            "errors): in-degrees vary, or the couplings have a term of low rank (dmft.LowRank.from_vectors), which the "
            "means and variances by block do not hold",
            AccuracyWarning,
        )
    else:
        n = sum(found.counts)
        order = coherence(means, gains**2, np.array(found.counts) / n, n)
        remedy = "compare with networks of it first, simulate(..., couplings=matrix)"
        warn_of_coherence(order, n, "means and variances by block", remedy)
    terms = Couplings(
        random=Random(gains.item() if alone else gains, found.symmetry if symmetric else 0.0)
        if np.any(gains)
        else None,
        mean=Mean(means.item() if alone else means) if np.any(means) else None,
    )
    if alone:
        return Network(units[""], terms)
    parts: Any = {
        name: unit.replace(fraction=count / sum(found.counts))
        for (name, unit), count in zip(units.items(), found.counts, strict=True)
    }
    return Network(parts, terms)
