"""Antiderivatives by sympy, within a second or not at all.

sympy's integration can run for hours and cannot be interrupted from within, so it runs in a process of its own
(this file as a program), which the operating system ends after a second of processor time. A plain subprocess, not
multiprocessing: it needs no `if __name__ == "__main__"` in the user's script, and works in daemonic workers too.
What comes back is text, parsed against the whitelist, and believed only after a comparison with quadrature.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from dmft.models.dual_numbers import evaluate
from dmft.models.expression import Expression, number, parse, text, total

CPU_SECONDS = 1.0
WALL_SECONDS = 10.0  # the start of python and sympy included, on a busy machine
_REACH = 40.0
_TOLERANCE = 1e-10


@lru_cache(maxsize=256)
def antiderivative(source: str) -> Expression | None:
    """Return an antiderivative of the expression that a canonical text states; None if none is found in time.

    It vanishes at 0, and has been compared with quadrature of the expression over [-40, 40], to 1e-10 relative.
    """
    phi = parse(source)
    for line in _answers(source):
        try:
            found = parse(line)
        except ValueError:
            continue
        at_zero = float(evaluate(found, 0.0))
        if np.isfinite(at_zero) and at_zero != 0:
            found = total([found, number(-at_zero)])
        if is_antiderivative(found, phi):
            return found
    return None


def is_antiderivative(candidate: Expression, phi: Expression) -> bool:
    """Whether differences of the candidate agree with Gauss-Legendre quadrature of phi over [-40, 40].

    Panels that disagree are halved, for the sake of a phi with a kink; a wrong candidate goes on disagreeing. Panels
    on which phi overflows are left out.
    """
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(-_REACH, _REACH, 321)
    left, right = edges[:-1], edges[1:]
    compared = False
    for _ in range(30):
        half = 0.5 * (right - left)
        values = np.asarray(evaluate(phi, left[:, None] + half[:, None] * (nodes + 1.0)))
        start, end = np.asarray(evaluate(candidate, left)), np.asarray(evaluate(candidate, right))
        known = np.all(np.isfinite(values), axis=1)
        with np.errstate(all="ignore"):
            scale = np.maximum(np.abs(start), np.abs(end)) + half * np.max(np.abs(values), axis=1)
            agree = np.abs(end - start - half * (values @ weights)) <= _TOLERANCE * scale + 1e-14
        compared |= bool(np.any(known & agree))
        wrong = known & ~agree
        if not np.any(wrong):
            return compared
        if np.count_nonzero(wrong) > 400 or not np.all(np.isfinite([start[wrong], end[wrong]])):
            return False
        middle = 0.5 * (left + right)[wrong]
        left, right = np.concatenate([left[wrong], middle]), np.concatenate([middle, right[wrong]])
    return False


def _answers(source: str) -> list[str]:
    """Run this file as a program on the text; return the lines it wrote before it ended or was ended."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "PYTHONWARNINGS": "ignore",
        "PYTHONHASHSEED": "0",  # on which the form of sympy's answer depends
    }
    command = [sys.executable, "-m", "dmft.models.antiderivative"]
    pipes: dict[str, Any] = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        with subprocess.Popen(command, text=True, env=environment, **pipes) as process:
            try:
                return process.communicate(source, timeout=WALL_SECONDS)[0].splitlines()
            except subprocess.TimeoutExpired:
                process.kill()
                return process.communicate()[0].splitlines()
    except OSError:  # no interpreter to start, as in an embedded python
        return []


def _candidates(source: str) -> Iterator[str]:
    """Yield what sympy finds for the expression in steps (of Max, Min, Abs), as it is, and in exponentials."""
    import sympy

    from dmft.models.sympy_tree import VARIABLE, from_sympy, to_sympy

    phi = to_sympy(parse(source))
    if hasattr(signal, "setitimer"):  # else the caller's limit holds alone
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # SIGPROF ends the process, whatever it is in
    forms = [phi, phi.rewrite(sympy.exp)]
    if phi.has(sympy.Max, sympy.Min, sympy.Abs):
        forms.insert(0, phi.rewrite(sympy.Heaviside))
    for form in dict.fromkeys(forms):
        try:
            yield text(from_sympy(sympy.integrate(form, VARIABLE)))
        except Exception:  # whatever sympy raises, there is no answer in this form
            continue


if __name__ == "__main__":
    for answer in _candidates(sys.stdin.read()):
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
