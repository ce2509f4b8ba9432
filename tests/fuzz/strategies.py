"""Random statements: hypothesis strategies for expressions, drives, networks, settings and files.

Numbers are log-uniform over the ranges that users meet and beyond. `example` draws one example by its number, the same
on every machine with the same version of hypothesis.
"""

from __future__ import annotations

import warnings
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import dmft


def example(strategy, number):
    """Return the example of a strategy that belongs to a number.

    hypothesis also draws constants that it finds in the source of all modules loaded so far: an example would then
    depend on what ran before it, and they are left out.
    """
    from hypothesis.internal.conjecture.providers import HypothesisProvider

    drawn = []

    @seed(number)
    @settings(max_examples=3, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=HealthCheck)
    @given(strategy)
    def keep(value):
        drawn.append(value)

    none = mock.patch.object(HypothesisProvider, "_maybe_draw_constant", return_value=None, create=True)
    with warnings.catch_warnings(), none:
        warnings.simplefilter("ignore")
        keep()
    return drawn[-1]  # the first is the simplest there is, whatever the number


def log_uniform(low, high):
    """Numbers between low and high of four digits, uniform in the logarithm.

    hypothesis prefers simple floats and small integers: the integers are shuffled by a multiplication modulo a prime.
    """

    def number(i):
        return float(f"{low * (high / low) ** (i * 4421 % 10007 / 10006):.4g}")

    return st.integers(0, 10006).map(number)


def signed(strategy):
    return st.tuples(st.sampled_from([1.0, -1.0]), strategy).map(lambda pair: pair[0] * pair[1])


SLOPES = signed(st.one_of(st.just(1.0), log_uniform(0.1, 10.0), log_uniform(1e-3, 1e6)))
SHIFTS = st.one_of(st.just(0.0), st.just(0.0), signed(log_uniform(1e-3, 3.0)))
ARGUMENTS = st.one_of(
    st.just("x"),
    st.tuples(SLOPES, SHIFTS).map(lambda pair: f"({pair[0]!r}*x + {pair[1]!r})" if pair[1] else f"({pair[0]!r}*x)"),
)
SIGMOIDS = [
    "tanh({})",
    "erf({})",
    "atan({})",
    "1/(1 + exp(-{}))",
    "{0}/(1 + abs({0}))",
    "{0}/sqrt(1 + {0}**2)",
    "Max(-1, Min(1, {}))",
    "Max(0, Min(1, {}))",
]
SHAPES = [
    *SIGMOIDS,
    "Max(0, {})",
    "Max(0, {})**2",
    "Max(0, {})**1.5",
    "abs({})",
    "sin({})",
    "exp(-{}**2)",
    "{0}*exp(-{0}**2)",
    "log(1 + exp({}))",
    "{0}*tanh({0})",
    "1/cosh({})",
    "tanh({})**3",
    "tanh(Max({}, 0))",
    "{0}*Heaviside({0})",
    "asinh({})",
    "sqrt(1 + {}**2)",
    "log(1 + {}**2)",
]
GROWING = ["{}**3", "exp({})", "sinh({})", "{}**2", "exp({}**2)"]
REFUSED = [
    "sign({})",
    "1/{}",
    "tan({})",
    "sqrt(abs({}))",
    "log({})",
    "Heaviside({})",
    "atan(1/{})",
    "{}**(1/3)",
    "sin({0})/{0}",
]


def terms(shapes):
    return st.tuples(st.sampled_from(shapes), ARGUMENTS).map(lambda pair: pair[0].format(pair[1]))


USUAL = st.one_of(terms(SIGMOIDS), terms(SHAPES))
EXPRESSIONS = st.one_of(
    USUAL,
    USUAL,
    st.tuples(SLOPES, USUAL).map(lambda pair: f"{pair[0]!r}*({pair[1]})"),
    st.tuples(USUAL, SLOPES, USUAL).map(lambda three: f"{three[0]} + {three[1]!r}*{three[2]}"),
    st.tuples(USUAL, USUAL).map(lambda pair: f"({pair[0]})*({pair[1]})"),
    st.tuples(terms(SIGMOIDS), SHIFTS).map(lambda pair: f"{pair[0]} + {pair[1]!r}"),
    terms(GROWING),
    terms(REFUSED),
)
ODD = st.sampled_from(
    [
        "tanh(x)",
        "erf(x)",
        "tanh(3*x)",
        "2*tanh(x)",
        "atan(x)",
        "x/(1 + abs(x))",
        "Max(-1, Min(1, x))",
        "tanh(x)**3",
        "sin(x)",
    ]
)
BUILT_IN = st.one_of(
    st.sampled_from([dmft.Tanh(), dmft.Erf(), dmft.Linear(), dmft.ReLU()]),
    st.one_of(st.sampled_from([1.0, 1.5, 2.0, 3.0]), st.floats(1.0, 6.0).map(lambda n: round(n, 3))).map(
        dmft.ThresholdPower
    ),
)


class Opaque:
    """An object of a user's own that computes an expression and says nothing more of it."""

    def __init__(self, source):
        self.source, self.phi = source, dmft.Symbolic(source)

    def __call__(self, x):
        return self.phi(x)

    def derivative(self, x):
        return self.phi.derivative(x)

    def __repr__(self):
        return f"Opaque({self.source!r})"


# A nonlinearity is stated as (maker, argument): expressions may be refused, which is an outcome of the case.
NONLINEARITIES = st.one_of(
    BUILT_IN.map(lambda phi: ("built-in", phi)),
    EXPRESSIONS.map(lambda source: ("expression", source)),
    EXPRESSIONS.map(lambda source: ("expression", source)),
    USUAL.map(lambda source: ("object", source)),
)
BOUNDED = st.one_of(
    st.sampled_from([dmft.Tanh(), dmft.Erf()]).map(lambda phi: ("built-in", phi)),
    terms(SIGMOIDS).map(lambda source: ("expression", source)),
)


def made(stated):
    """Return the nonlinearity of a statement."""
    kind, what = stated
    return {"built-in": lambda: what, "expression": lambda: dmft.Symbolic(what), "object": lambda: Opaque(what)}[kind]()


GAINS = st.one_of(log_uniform(0.3, 10.0), log_uniform(1e-2, 1e4))
SIZES = log_uniform(1.0, 1e6)
WHITE = log_uniform(1e-10, 1e4).map(dmft.WhiteNoise)
COLOURED = st.tuples(log_uniform(1e-8, 1e4), log_uniform(1e-3, 1e2)).map(lambda pair: dmft.OrnsteinUhlenbeck(*pair))
AMPLITUDES, FREQUENCIES = log_uniform(1e-3, 1e2), log_uniform(1e-3, 1e2)
RANDOM_PHASES = st.tuples(AMPLITUDES, FREQUENCIES).map(lambda pair: dmft.Sinusoid(*pair, phases="random"))
COMMON = st.tuples(AMPLITUDES, log_uniform(0.02, 5.0)).map(lambda pair: dmft.Sinusoid(*pair))
DRIVES = st.one_of(st.none(), st.none(), WHITE, COLOURED, RANDOM_PHASES)
FAILURE = st.sampled_from(["raise", "ignore", "warn"])
RTOLS = st.one_of(st.none(), st.none(), st.none(), log_uniform(1e-20, 1.0), st.sampled_from([np.inf, -1.0, 0.0, "a"]))
BYTES = st.binary(max_size=3000)
