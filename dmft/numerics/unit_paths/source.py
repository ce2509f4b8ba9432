"""The march of a unit as source code, printed from trees that passed the whitelist; nothing else is ever compiled.

One text holds the classical Runge-Kutta step of all paths of a block: the index of the path is the innermost loop, so
that it vectorises, and parameters are arguments, so that a sweep compiles once. Every name gets a prefix: none can be
one of Python's.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

_CALLS = {
    "tanh": "tanh",
    "exp": "exp",
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "Heaviside": "step_at",
    "sign": "sign_of",
    "atan": "math.atan",
}
_MARCH = '''import math

from dmft.numerics.sampling.kernels import exp, tanh


def march(eta, states, parameters, step, burn, out):
    """Run every path over `burn` steps and those that are recorded; return the step after which one is not finite."""
    n_steps = out.shape[1]
    n_paths = states.shape[1]
    n_half = eta.shape[1]
    half = 0.5 * step
    sixth = step / 6.0
{parameters}
    for j in range(-burn, n_steps):
        a = (2 * j) % n_half
        b = a + 1
        c = (a + 2) % n_half
        if j >= 0:
            for i in range(n_paths):
{reads}
{records}
        for i in range(n_paths):
{stages}
        if (j + burn) % 16 == 15 or j == n_steps - 1:
            seen = 0.0
            for k in range(states.shape[0]):
                for i in range(n_paths):
                    seen += 0.0 * states[k, i]
            if not seen == 0.0:
                return j + burn + 1
    return -1
'''


def march_source(
    states: tuple[str, ...],
    fields: tuple[str, ...],
    parameters: tuple[str, ...],
    flow: tuple[ast.expr, ...],
    recorded: tuple[ast.expr, ...],
) -> str:
    """Return the text of `march(eta, states, parameters, step, burn, out)`.

    eta : (K, 2 n, B) fields at half steps of a ring, or (K, 2 n + 1, B) from a beginning to an end; states : (d, B) at
    the start, and after it at the end; out : (S, n, B), what is recorded of states and fields.
    """
    known = {name: f"p_{name}" for name in parameters}

    def printed(tree: ast.expr, at: str, time: str) -> str:
        names = {name: f"{at}_{name}" for name in states} | {name: f"{time}_{name}" for name in fields} | known
        return ast.unparse(_renamed(tree, names))

    lines: list[str] = []
    put = lines.append
    for k, name in enumerate(states):
        put(f"s_{name} = states[{k}, i]")
    for k, name in enumerate(fields):
        for time in "abc":
            put(f"{time}_{name} = eta[{k}, {time}, i]")
    for stage, (at, time, ahead) in enumerate(
        (("s", "a", ""), ("u", "b", "half"), ("v", "b", "half"), ("w", "c", "step")), start=1
    ):
        for name in states if ahead else ():
            put(f"{at}_{name} = s_{name} + {ahead} * k{stage - 1}_{name}")
        for name, tree in zip(states, flow, strict=True):
            put(f"k{stage}_{name} = {printed(tree, at, time)}")
    for k, name in enumerate(states):
        put(f"states[{k}, i] = s_{name} + sixth * (k1_{name} + 2.0 * (k2_{name} + k3_{name}) + k4_{name})")
    return _MARCH.format(
        parameters="\n".join(f"    p_{name} = parameters[{k}]" for k, name in enumerate(parameters)),
        reads=_indented(
            [f"s_{name} = states[{k}, i]" for k, name in enumerate(states)]
            + [f"a_{name} = eta[{k}, a, i]" for k, name in enumerate(fields)],
            16,
        ),
        records=_indented([f"out[{k}, j, i] = {printed(tree, 's', 'a')}" for k, tree in enumerate(recorded)], 16),
        stages=_indented(lines, 12),
    )


def _indented(lines: list[str], by: int) -> str:
    return "\n".join(" " * by + line for line in lines)


def _renamed(tree: ast.expr, names: Mapping[str, str]) -> ast.expr:
    """Return a tree of the names and functions of the source."""
    match tree:
        case ast.Name("pi"):
            return ast.Name("math.pi")
        case ast.Name("E"):
            return ast.Name("math.e")
        case ast.Name(name):
            return ast.Name(names[name])
        case ast.Constant(int() | float() as number):
            return ast.Constant(float(number))
        case ast.UnaryOp(op, part):
            return ast.UnaryOp(op, _renamed(part, names))
        case ast.BinOp(base, ast.Pow(), ast.Constant(int() as n)):
            return ast.BinOp(_renamed(base, names), ast.Pow(), ast.Constant(n))  # products, where n is an integer
        case ast.BinOp(left, op, right):
            return ast.BinOp(_renamed(left, names), op, _renamed(right, names))
        case ast.Call(ast.Name(name), parts):
            return ast.Call(ast.Name(_CALLS.get(name, f"math.{name}")), [_renamed(part, names) for part in parts], [])
    raise AssertionError(ast.dump(tree))  # no other node passes the whitelist
