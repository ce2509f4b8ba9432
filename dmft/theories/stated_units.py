"""What a sampled theory of units that a user states needs to know of a statement.

ds_i/dt = F_a(s_i, eta_1 ... eta_K), eta_c,i = sum_j J^c_ij o_c(s_j) (+ a private input in the first field), i in
population a.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.couplings import Random
from dmft.models.network import Population
from dmft.models.units.as_equations import equations_of
from dmft.theories.axis import Populated
from dmft.theories.composed import check_complete, composed, total
from dmft.theories.stated_memory import Memory, sent
from dmft.theories.stated_site import Site

LONGEST = 320.0 / 3.0  # turn of a sinusoid of random phase


@dataclass(frozen=True, eq=False)
class StatedUnits(Populated):
    """Populations of units stated by their equations, P of them, that hear the same K fields.

    Attributes
    ----------
    statement : as it was given.
    names : of the populations, "" for a single unnamed one.
    sites : the units and their private inputs.
    variances : g_ab^2 f_b of the couplings that carry each field, shape (K, P, P).
    means : M_ab f_b of the couplings that carry the first field, shape (P, P).
    feedback : rho g^2, of one population that hears one field.
    memory : how what units hear of their own past is stated; None as long as it is not, or where there is none.
    turn : period of the sinusoids of random phase; 0 without.
    """

    statement: Any
    names: tuple[str, ...]
    sites: tuple[Site, ...]
    variances: FloatArray
    means: FloatArray
    feedback: float = 0.0
    memory: Memory | None = None
    turn: float = 0.0

    def remembering(self, rate: float, count: int) -> StatedUnits:
        """Return the units with a memory of so many functions of a rate (`dmft.theories.stated_memory`)."""
        memory = Memory(self.feedback, rate, count)
        return replace(self, sites=tuple(memory.remembering(site.alone or site) for site in self.sites), memory=memory)

    def with_response(self, coefficients: FloatArray) -> StatedUnits:
        """Return the units that hear their past by this response, shape (K,), (0,) where they have no memory."""
        if self.memory is None:
            return self
        return replace(self, sites=tuple(self.memory.with_response(site, coefficients) for site in self.sites))

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def noisy(self) -> bool:
        """Whether there is a private input that fluctuates."""
        return any(site.noisy for site in self.sites)

    @cached_property
    def symmetric(self) -> bool:
        """Whether turning signs of some states and fields turns all outputs, so that rest at zero is a state."""
        return not any(site.bias or site.threshold_variance for site in self.sites) and all(map(_turns, self.sites))

    @property
    def centred(self) -> bool:
        """Whether fields and outputs are symmetric about zero: without means, which leave it on one side.

        Where several fields turn with a sinusoid and not all need change their signs, products of them do not vanish on
        average: single units have means in time.
        """
        if self.turn and len(self.variances) > 1:
            return False
        return self.symmetric and not np.any(self.means)

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
    """Return the units of a statement, of which a state is stationary and is found by paths that begin at zero.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for what the sampled theory of units does not know, by name.
    """
    units = units_in_time(statement)
    for site, population in zip(units.sites, composed(statement).named.values(), strict=True):
        common = [drive for drive in site.moving if drive.common]
        if common:
            raise ValueError(
                "units stated by equations are solved with private Gaussian input and sinusoids of random phase, got "
                f"{common[0]!r}; dmft.solve_nonstationary knows it"
            )
        if not _leaves_zero(site):
            raise ValueError(
                f"paths begin at zero, where {population.dynamics!r} stays whatever it hears; give it an input of its "
                "own, such as immigration"
            )
    return replace(units, turn=_turn(units))


def units_in_time(statement: Any) -> StatedUnits:
    """Return the units of a statement, whatever drives they hear.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for what no sampled theory of units knows, by name.
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
    fractions, p = np.array(network.fractions), len(sites)
    feedback = _feedback(terms, sites)
    mean = np.zeros((p, p))
    if couplings.mean is not None:
        mean = mean + np.asarray(couplings.mean.strength, dtype=float) * couplings.mean.scale
    return StatedUnits(
        statement=statement,
        names=tuple(network.named),
        sites=sites,
        variances=np.array([(np.zeros((p, p)) + np.asarray(term.g, dtype=float)) ** 2 * fractions for term in terms]),
        means=mean * fractions,
        feedback=feedback,
    )


def _turn(units: StatedUnits) -> float:
    """Return the period of the sinusoids of random phase; 0 without."""
    waves = [site.moving for site in units.sites]
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
    if turn and units.feedback:
        raise ValueError("units stated by equations are solved with symmetry=0 under sinusoids of random phase")
    return turn


def _feedback(terms: list[Random], sites: tuple[Site, ...]) -> float:
    """Return rho g^2."""
    if not any(term.symmetry for term in terms):
        return 0.0
    if len(terms) > 1:
        raise ValueError("units that hear several fields are solved with independent couplings of each, symmetry=0")
    if len(sites) > 1:
        raise ValueError("symmetry must be 0 between several populations of units stated by equations")
    _ = sent(sites[0])
    return float(terms[0].symmetry * np.asarray(terms[0].g, dtype=float).item() ** 2)


def _site(population: Population) -> Site:
    """Return a unit and its inputs."""
    terms = () if population.drive is None else population.drive.terms
    heard = [term for term in terms if not term.silent and not term.constant]
    for term in heard:
        check_complete(term)
    private = [term for term in heard if not (term.common or term.phased)]
    site = Site(
        equations=equations_of(population.dynamics),
        nonlinearity=population.nonlinearity,
        bias=total([population.bias, *(term.constant for term in terms)]),
        threshold_variance=population.threshold_variance,
        drives=tuple(term for term in private if not term.white),
        white=float(sum(term.white for term in private)),
        moving=tuple(term for term in heard if term.common or term.phased),
    )
    _ = site.flow  # where white noise may be heard
    return site


def _leaves_zero(site: Site) -> bool:
    equations = site.equations
    at_zero = {**equations.points, **dict.fromkeys(equations.states, np.zeros(1))}
    return any(bool(np.any(np.asarray(equations.at(tree, at_zero)) != 0.0)) for tree in equations.flow)


def _turns(site: Site) -> bool:
    if site.alone is not None:
        return _turns(site.alone)
    outputs = tuple((lambda values, k=k: site.output(values, k)) for k in range(site.n_outputs))
    return site.equations.mirrored(outputs)
