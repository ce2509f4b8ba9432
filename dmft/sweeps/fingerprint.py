"""A description of inputs in plain data: equal for equal inputs, and able to say what differs."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np

_DEEPEST = 20


def describe(value: Any, *, depth: int = 0) -> Any:
    """Return `value` as what JSON can hold: its numbers exactly, its functions by name and by what they do.

    Functions of this package go by their name; those of the user also by their compiled code and by the values that
    they enclose, so that an edited function does not pass for the old one.

    Raises
    ------
    TypeError : for what refers to itself.
    """
    if depth > _DEEPEST:
        raise TypeError(f"{type(value).__name__} is nested too deeply to be described")
    inner = functools.partial(describe, depth=depth + 1)
    if value is None or (isinstance(value, bool | int | float | str) and type(value).__module__ == "builtins"):
        return value
    if isinstance(value, np.generic):
        return inner(value.item())
    if isinstance(value, float):
        return float(value)
    if isinstance(value, np.ndarray):
        if value.ndim == 1 and value.dtype.kind in "fi":
            return value.tolist()
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"shape": list(value.shape), "type": str(value.dtype), "content": digest}
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: inner(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": _name(type(value)), **fields, **_code_of_class(type(value))}
    if isinstance(value, Mapping):
        return {str(key): inner(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        items = [inner(item) for item in value]
        return sorted(items, key=canonical) if isinstance(value, set | frozenset) else items
    if isinstance(value, complex | bytes | bytearray):
        return repr(value)
    if isinstance(value, functools.partial):
        return {"partial": inner(value.func), "args": inner(value.args), "keywords": inner(value.keywords)}
    if isinstance(value, types.MethodType):
        return {"method": value.__func__.__qualname__, "of": inner(value.__self__)}
    if isinstance(value, types.FunctionType):
        return _describe_function(value, inner)
    if isinstance(value, types.ModuleType):
        return {"module": value.__name__}
    if isinstance(value, type):
        return {"class": _name(value), **_code_of_class(value)}
    state = getattr(value, "__dict__", None)
    if state is None or isinstance(value, types.BuiltinFunctionType | np.ufunc):
        return {"object": getattr(value, "__qualname__", None) or getattr(value, "__name__", _name(type(value)))}
    return {"type": _name(type(value)), "state": inner(state), **_code_of_class(type(value))}


def canonical(description: Any) -> str:
    """Return the description as text, the same for the same content."""
    return json.dumps(description, sort_keys=True, separators=(",", ":"))


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Return a line for each place where two descriptions differ: its path, the old content and the new."""
    if isinstance(old, dict) and isinstance(new, dict):
        lines = []
        for key in sorted({*old, *new}):
            here = f"{path}.{key}" if path else key
            if key not in old or key not in new:
                lines.append(f"{here}: {_short(old.get(key))} then, {_short(new.get(key))} now")
            else:
                lines += differences(old[key], new[key], here)
        return lines
    if canonical(old) == canonical(new):
        return []
    if path.endswith(".code"):
        return [f"{path.removesuffix('.code')}: its code was another one"]
    return [f"{path}: {_short(old)} then, {_short(new)} now"]


def _describe_function(function: types.FunctionType, inner: Any) -> Any:
    name = f"{function.__module__}.{function.__qualname__}"
    if _is_ours(function.__module__):
        return {"function": name}
    enclosed = []
    for cell in function.__closure__ or ():
        try:
            enclosed.append(inner(cell.cell_contents))
        except ValueError:  # not yet filled
            enclosed.append(None)
    defaults = {"defaults": inner(function.__defaults__), "keywords": inner(function.__kwdefaults__)}
    return {"function": name, "code": _code(function.__code__), "encloses": enclosed, **defaults}


def _code(code: types.CodeType) -> str:
    digest = hashlib.sha256(code.co_code + repr((code.co_names, code.co_varnames)).encode())
    for constant in code.co_consts:
        text = _code(constant) if isinstance(constant, types.CodeType) else _constant(constant)
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def _constant(constant: Any) -> str:
    # The order of a set depends on the process.
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


def _code_of_class(kind: type) -> dict[str, str]:
    """Return what the methods of a user's class do; nothing for classes of this package and of the libraries."""
    digest, found = hashlib.sha256(), False
    for parent in kind.__mro__:
        if _is_ours(parent.__module__) or parent.__module__.split(".")[0] in ("builtins", "numpy", "scipy", "typing"):
            continue
        for name, member in sorted(vars(parent).items()):
            code = getattr(member, "__code__", None)
            # What `dataclass` writes is settled by the fields.
            if isinstance(code, types.CodeType) and not code.co_filename.startswith("<"):
                digest.update((name + _code(code)).encode())
                found = True
    return {"code": digest.hexdigest()[:16]} if found else {}


def _is_ours(module: str | None) -> bool:
    return module is not None and (module == "dmft" or module.startswith("dmft."))


def _name(kind: type) -> str:
    return kind.__qualname__ if _is_ours(kind.__module__) else f"{kind.__module__}.{kind.__qualname__}"


def _short(value: Any) -> str:
    if isinstance(value, list) and len(value) > 4 and all(isinstance(item, int | float) for item in value):
        return f"{len(value)} values from {value[0]:.6g} to {value[-1]:.6g}"
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else canonical(value)
    return text if len(text) <= 80 else text[:77] + "..."
