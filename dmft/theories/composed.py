"""A statement as its parts, and what a theory asks of any of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from dmft.models.drives import Drive
from dmft.models.network import Network, Population

_FEW, _MANY, _WHOLE = 6, 24.0, 1e-12  # turns of the slowest and of the fastest drive in a period; what is whole
# What a theory may read of the couplings; any other term would be taken for none. (Sparse ones come by block.)
_TERMS = ("random", "mean", "low_rank", "plastic")


def composed(statement: Any) -> Network:
    """Return a statement composed of parts.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for couplings with a term that no theory reads.
    """
    compose = getattr(statement, "compose", None)
    network = compose() if callable(compose) and not isinstance(statement, type) else None
    if not isinstance(network, Network):
        raise TypeError(
            "the network must be a dmft.Network, or a short name of one (RandomNetwork, BalancedNetwork, "
            f"PlasticNetwork); got {statement!r}"
        )
    unread = network.couplings.beyond(*_TERMS)
    if unread:
        raise ValueError(
            f"no theory knows the couplings {', '.join(map(repr, unread.values()))}: leave them out, or say in "
            "dmft/theories/reduction.py what they are to one"
        )
    heard = [p.drive for p in network.named.values() if p.drive is not None]
    sized = [term for drive in heard for term in drive.terms if term.sized and not term.silent]
    if sized:
        raise ValueError(
            f"this theory knows no drive whose size differs between units, got {sized[0]!r}; solve_periodic and "
            "solve_nonstationary do, and dmft.by_weight(network) states it as populations of one weight each"
        )
    return network


def check_leaky(population: Population) -> None:
    """Refuse a population of units that are filters, which most theories take for leaky ones.

    Raises
    ------
    ValueError : naming the theory that knows them.
    """
    if not population.dynamics.first_order:
        raise ValueError(
            f"this theory is of leaky units, got {population.dynamics!r}; dmft.solve_stationary knows filters "
            "(dmft.LinearUnits), and what is read off its solutions"
        )


def discrete(statement: Any) -> bool:
    """Whether time goes in steps in a network.

    Raises
    ------
    TypeError : for what is no statement of a network.
    """
    return any(population.dynamics.discrete for population in composed(statement).named.values())


def total(parts: list[float]) -> float:
    """Return the sum of constant inputs; exactly 0 where they cancel but for rounding."""
    total = math.fsum(parts)
    return total if abs(total) > 4.0 * np.finfo(float).eps * sum(map(abs, parts)) else 0.0


def common_period(drives: Iterable[Drive]) -> float | None:
    """Return the period of what depends on time all together; 0 if nothing does, None if it does not come back.

    Of periods of which a few make whole numbers of all others it is the least such time.
    """
    periods = {drive.period for drive in drives if drive.common or drive.phased}
    known = [period for period in periods if period is not None]
    if len(known) < len(periods):
        return None
    longest = max(known, default=0.0)
    for few in range(1, _FEW + 1):
        turns = [few * longest / period for period in known if period]
        if all(abs(n - round(n)) <= _WHOLE * n for n in turns) and max(turns, default=0.0) <= _MANY:
            return few * longest
    return None


def check_complete(drive: Drive) -> None:
    """Refuse a kind of drive that does not say what a theory asks of it: it would be taken for none.

    Raises
    ------
    TypeError : for a private Gaussian one with a covariance, and without a spectrum or the covariance it makes of x.
    """
    if drive.common or drive.phased:
        return
    heard = drive.white > 0 or float(drive.covariance(0.0)) > 0
    made = float(drive.filtered(1.0, 0.0)) > 0 and bool(np.any(drive.spectrum(np.logspace(-3.0, 3.0, 7)) > 0))
    if not (heard and made):
        raise TypeError(
            f"a private drive must give its covariance (or white), spectrum and filtered, got zeros from {drive!r}"
        )
