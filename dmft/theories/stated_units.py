"""What a sampled theory of units that a user states needs to know of a statement.

ds_i/dt = F_a(s_i, eta_1 ... eta_K), eta_c,i = sum_j J^c_ij o_c(s_j) (+ a private input in the first field), i in
population a.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.drives import Drive
from dmft.models.network import Population
from dmft.models.units.as_equations import equations_of
from dmft.theories.composed import check_complete, composed, total
from dmft.theories.stated_site import Site

LONGEST = 320.0 / 3.0  # turn of a sinusoid of random phase


@dataclass(frozen=True, eq=False)
class StatedUnits:
    """Populations of units stated by their equations, P of them, that hear the same K fields.

    Attributes
    ----------
    statement : as it was given.
    names : of the populations, "" for a single unnamed one.
    sites : the units and their private inputs.
    variances : g_ab^2 f_b of the couplings that carry each field, shape (K, P, P).
    means : M_ab f_b of the couplings that carry the first field, shape (P, P).
    turn : period of the sinusoids of random phase; 0 without.
    """

    statement: Any
    names: tuple[str, ...]
    sites: tuple[Site, ...]
    variances: FloatArray
    means: FloatArray
    turn: float = 0.0

    @property
    def named(self) -> bool:
        """Whether arrays have an axis of populations."""
        return self.names != ("",)

    @property
    def noisy(self) -> bool:
        """Whether there is a private input that fluctuates."""
        return any(site.noisy for site in self.sites)

    @cached_property
    def centred(self) -> bool:
        """Whether fields and outputs are symmetric about zero: turning signs of some turns all outputs.

        Where several fields turn with a sinusoid and not all need change their signs, products of them do not vanish on
        average: single units have means in time.
        """
        if self.turn and len(self.variances) > 1:
            return False
        if np.any(self.means) or any(site.bias or site.threshold_variance for site in self.sites):
            return False
        return all(_turns(site) for site in self.sites)

    @property
    def driven(self) -> bool:
        """Whether there is a private input that changes in time."""
        return self.noisy or self.turn > 0.0

    @cached_property
    def outputs(self) -> tuple[tuple[int, int], ...]:
        """Population and number of every output that differs from others of its population."""
        return tuple((p, k) for p, site in enumerate(self.sites) for k in range(site.n_outputs))

    @cached_property
    def first(self) -> tuple[int, ...]:
        """Which of the outputs each population sends by the first field."""
        return tuple(self.outputs.index((p, site.carried[0])) for p, site in enumerate(self.sites))

    @cached_property
    def mixing(self) -> FloatArray:
        """Variance of each field of each population by the outputs, shape (P, K, n_outputs)."""
        n_fields = len(self.variances)
        mixed = np.zeros((len(self.sites), n_fields, len(self.outputs)))
        for b, site in enumerate(self.sites):
            for c in range(n_fields):
                mixed[:, c, self.outputs.index((b, site.carried[c]))] += self.variances[c, :, b]
        return mixed


def has_stated_units(statement: Any) -> bool:
    """Whether a unit of a network is stated by equations that only sampling solves; in a reduction none is."""
    compose = getattr(statement, "compose", None)
    if not callable(compose) or isinstance(statement, type):
        return False
    units = [population.dynamics for population in composed(statement).named.values()]
    return any(unit.sampled or unit.speaks for unit in units)


def is_stated(statement: Any) -> bool:
    """Whether a unit of a network is stated by equations, a linear one too; in a reduction none is."""
    compose = getattr(statement, "compose", None)
    if not callable(compose) or isinstance(statement, type):
        return False
    units = [population.dynamics for population in composed(statement).named.values()]
    return any(unit.stated is not None for unit in units)


def stated_units_of(statement: Any) -> StatedUnits:
    """Return the units of a statement.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for what the sampled theory of units does not know, by name.
    """
    network = composed(statement)
    sites = tuple(_site(population) for population in network.named.values())
    couplings = network.couplings
    for term in ("low_rank", "plastic"):
        if getattr(couplings, term) is not None:
            raise ValueError(f"units stated by equations are solved without couplings.{term}; leave it out")
    if couplings.random is None:
        raise ValueError("without random couplings there is no mean field to solve; give Couplings(dmft.Random(g))")
    if couplings.mean is not None and couplings.by_field:
        raise ValueError(
            "units that hear several fields are solved without couplings.mean, which states none of them; leave it out"
        )
    fields = sites[0].equations.fields
    if couplings.by_field and any(site.equations.fields != fields for site in sites):
        raise ValueError(
            "populations that hear several fields must list their outputs in one order, got "
            + " and ".join(", ".join(site.equations.fields) for site in sites)
        )
    terms = [couplings.random[name] for name in fields] if couplings.by_field else [couplings.random]
    if any(term.symmetry for term in terms):
        raise ValueError("units stated by equations are solved with independent couplings, symmetry=0")
    fractions, p = np.array(network.fractions), len(sites)
    mean = np.zeros((p, p))
    if couplings.mean is not None:
        mean = mean + np.asarray(couplings.mean.strength, dtype=float) * couplings.mean.scale
    return StatedUnits(
        statement=statement,
        names=tuple(network.named),
        sites=sites,
        variances=np.array([(np.zeros((p, p)) + np.asarray(term.g, dtype=float)) ** 2 * fractions for term in terms]),
        means=mean * fractions,
        turn=_turn([population.drive for population in network.named.values()]),
    )


def _turn(drives: list[Drive | None]) -> float:
    """Return the period of the sinusoids of random phase; 0 without."""
    waves = [[term for term in drive.terms if term.phased and not term.silent] for drive in drives if drive is not None]
    periods = {float(term.period or 0.0) for terms in waves for term in terms}
    if len(periods) > 1 or max(map(len, waves), default=0) > 1:
        raise ValueError(
            "units stated by equations are solved with one sinusoid of random phase in a population, all of one "
            f"frequency; got {', '.join(repr(term) for terms in waves for term in terms)}"
        )
    turn = max(periods, default=0.0)
    if turn > LONGEST:
        raise ValueError(
            f"a sinusoid of random phase of stated units must turn once in {LONGEST:g} at least, got once in {turn:g}: "
            "the windows of their paths hold a few turns; take a higher frequency"
        )
    return turn


def _site(population: Population) -> Site:
    """Return a unit and its private inputs; refuse what else may be heard."""
    terms: tuple[Any, ...] = () if population.drive is None else population.drive.terms
    heard = [term for term in terms if not term.silent and not term.constant]
    for term in heard:
        if term.common:
            raise ValueError(
                "units stated by equations are solved with private Gaussian input and sinusoids of random phase, got "
                f"{term!r}"
            )
        check_complete(term)
    site = Site(
        equations=equations_of(population.dynamics),
        nonlinearity=population.nonlinearity,
        bias=total([population.bias, *(term.constant for term in terms)]),
        threshold_variance=population.threshold_variance,
        drives=tuple(term for term in heard if not (term.white or term.phased)),
        white=float(sum(term.white for term in heard)),
        amplitude=float(sum(term.amplitude for term in heard if term.phased)),
    )
    _ = site.flow  # where white noise may be heard
    if not _leaves_zero(site):
        raise ValueError(
            f"paths begin at zero, where {population.dynamics!r} stays whatever it hears; give it an input of its own, "
            "such as immigration"
        )
    return site


def _leaves_zero(site: Site) -> bool:
    equations = site.equations
    at_zero = {**equations.points, **dict.fromkeys(equations.states, np.zeros(1))}
    return any(bool(np.any(np.asarray(equations.at(tree, at_zero)) != 0.0)) for tree in equations.flow)


def _turns(site: Site) -> bool:
    outputs = tuple((lambda values, k=k: site.output(values, k)) for k in range(site.n_outputs))
    return site.equations.mirrored(outputs)
