"""Models as plain data, for files and command lines, and back: JSON types only, nothing pickled, nothing evaluated."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from dmft.models.checks import meant, named
from dmft.models.convolution import LinearConvolution
from dmft.models.couplings import TERMS, Couplings
from dmft.models.drives import KINDS, OfTime, Sum
from dmft.models.dynamics import Leaky, Map
from dmft.models.filters import Adaptation, Cascade, Delay, Filter, Oscillator, Synapse
from dmft.models.gated_linear import GatedLinear, RectifiedNetwork
from dmft.models.gates import KINDS as GATES
from dmft.models.layered import LayeredNetwork
from dmft.models.learning_rules import RULES
from dmft.models.manifolds import Ball, Ellipsoid, Manifolds, PointCloud
from dmft.models.named import BalancedNetwork, LotkaVolterraNetwork, PlasticNetwork, RandomNetwork
from dmft.models.network import Network, Population
from dmft.models.nonlinearity import BUILT_IN, from_text
from dmft.models.perceptron import Perceptron
from dmft.models.scaled import Scaled
from dmft.models.statement import Statement
from dmft.models.symbolic import Symbolic
from dmft.models.teacher_student import TeacherStudent
from dmft.models.units import DivisiveNorm, Dynamics, Gated, LotkaVolterra, NonlinearAdaptation, SelfCoupled


def _kinds(*kinds: type) -> dict[str, type]:
    return dict(zip((named([kind]) for kind in kinds), kinds, strict=True))


# Kinds by role. A model of another kind is not written and not read.
_SHAPES = _kinds(Ball, Ellipsoid, PointCloud)
NETWORKS = (
    _kinds(
        *(RandomNetwork, BalancedNetwork, PlasticNetwork, Network, Perceptron, GatedLinear, RectifiedNetwork),
        *(LotkaVolterraNetwork, LinearConvolution),
        *(Manifolds, LayeredNetwork, TeacherStudent),
    )
    | _SHAPES
    | _kinds(*RULES)  # of solutions and simulations, which hold them beside the network
)
NONLINEARITIES = _kinds(*BUILT_IN.values(), Symbolic, Scaled)
DRIVES = _kinds(*(kind for kind in KINDS if kind is not OfTime), Sum)  # a function of time is code
_PARTS: dict[str, dict[str, type]] = {"nonlinearity": NONLINEARITIES, "drive": DRIVES}
_FILTERS = (Filter, Adaptation, Oscillator, Synapse, Delay)
_STATED = (Dynamics, SelfCoupled, Gated, DivisiveNorm, NonlinearAdaptation, LotkaVolterra)
_TERMS = {name: _kinds(kind) for name, kind in TERMS.items()}
_INNER = (
    _PARTS
    | _TERMS
    | {
        "drives": DRIVES,
        "dynamics": _kinds(Leaky, Map, *_FILTERS, Cascade, *_STATED),
        "factors": _kinds(Leaky, *_FILTERS),
        "signal": DRIVES,
        "populations": _kinds(Population),
        "couplings": _kinds(Couplings),
        "gates": _kinds(*GATES),
        "manifolds": _SHAPES,
    }
)
_BY_NAME = {"numbers", "texts"}  # in the metadata of a field: numbers or texts by name
_LARGEST_ARRAY = 300_000  # numbers, six megabytes of text
_SHORT_NAMES = {short: named([kind]) for short, kind in BUILT_IN.items()}


def network_to_mapping(network: Statement) -> dict[str, Any]:
    """Return a network as a mapping of plain JSON types that `network_from_mapping` turns back into an equal one.

    For example ``{"type": "RandomNetwork", "g": 2.0, "nonlinearity": {"type": "Tanh"}, "drive": None, ...}``.

    Raises
    ------
    TypeError : for a user's own nonlinearity or drive, which is code: `dmft.Symbolic` states one as data.
    """
    return _to_mapping("network", network, NETWORKS)


def network_from_mapping(mapping: Mapping[str, Any]) -> Any:
    """Return the network that a mapping states.

    Parameters
    ----------
    mapping : as `network_to_mapping` gives it. Fields with defaults may be left out; a nonlinearity may also be a short
        name ("tanh", "erf", "linear", "relu") or an expression such as ``"tanh(x) + 0.1*x"``.

    Raises
    ------
    ValueError : for an unknown type or field, a field that is missing, or a value that the model refuses.
    """
    try:
        return _from_mapping("network", mapping, NETWORKS)
    except (OverflowError, RecursionError) as error:  # an integer beyond all floats, an expression without end
        raise ValueError(f"the network is not one: {error}") from None
    except TypeError as error:  # in data, as opposed to code, a wrong type is a wrong value
        raise ValueError(str(error)) from None


def network_from_options(type_name: str, options: Iterable[str]) -> Any:
    """Return a network from ``field=value`` texts, as a command line gives them.

    Parameters
    ----------
    type_name : "RandomNetwork", "BalancedNetwork" or "PlasticNetwork".
    options : for example ``["g=2", "drive=WhiteNoise", "drive.intensity=0.3", "nonlinearity=threshold-power",
        "nonlinearity.n=2"]``, in any order. A drive may be "none"; a nonlinearity a short name or an expression; a
        pair "cv=1,2".

    Raises
    ------
    ValueError : for a text that is not ``field=value``, a field given twice, or whatever `network_from_mapping`
        refuses.
    """
    values: dict[str, str] = {}
    for option in options:
        name, equals, value = (part.strip() for part in option.partition("="))
        if name and equals and not value:
            raise ValueError(f"the value of {name} is empty: write {name}=..., or leave it out")
        if not (name and equals):
            raise ValueError(f"an option must be field=value, such as g=2 or drive.intensity=0.3; got {option!r}")
        if name in values:
            raise ValueError(f"{name} is given twice: {values[name]} and {value}")
        values[name] = value
    mapping: dict[str, Any] = {"type": type_name}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, dot, rest = name.partition(".")
        if name in _PARTS and value.lower() != "none":
            mapping[name] = {"type": value} if name == "drive" else value
        elif not dot and name != "type":
            mapping[name] = _option_value(value)
        elif head in _PARTS and rest and rest != "type":
            inner.setdefault(head, {})[rest] = _option_value(value)
        else:
            raise ValueError(f"{name} is not a field; a path has two parts, the first one of {_listed(_PARTS)}")
    for head, fields in inner.items():
        part = mapping.get(head)
        if part is None:
            field = next(iter(fields))
            raise ValueError(f"{head}.{field} needs {head}=..., one of {_listed(_names(head))}")
        mapping[head] = (part if isinstance(part, dict) else {"type": part}) | fields
    return network_from_mapping(mapping)


def _to_mapping(name: str, model: Any, allowed: Mapping[str, type]) -> dict[str, Any]:
    kind = next((known for known, its in allowed.items() if type(model) is its), None)
    if kind is None:
        remedy = "; state it as an expression, dmft.Symbolic(...)" if allowed is NONLINEARITIES else ""
        raise TypeError(
            f"{name} {model!r} cannot be written as plain data: it must be one of {_listed(allowed)}{remedy}"
        )
    mapping: dict[str, Any] = {"type": kind}
    for field in dataclasses.fields(model):
        value, inner = getattr(model, field.name), _INNER.get(field.name)
        if _BY_NAME & set(field.metadata):
            mapping[field.name] = None if value is None else dict(value)
        elif inner is None or value is None:
            mapping[field.name] = _plain(f"{kind}.{field.name}", value)
        elif isinstance(value, Mapping):
            mapping[field.name] = {key: _to_mapping(key, part, inner) for key, part in value.items()}
        elif isinstance(value, tuple):
            mapping[field.name] = [_to_mapping(field.name, part, inner) for part in value]
        else:
            mapping[field.name] = _to_mapping(field.name, value, inner)
    return mapping


def _plain(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, complex):
        return str(value).strip("()")
    if isinstance(value, tuple):
        return [_plain(name, item) for item in value]
    if isinstance(value, np.ndarray):
        if value.size > _LARGEST_ARRAY:
            raise TypeError(f"{name} of {value.size} numbers is too large for plain data, at most {_LARGEST_ARRAY}")
        return value.tolist()
    raise TypeError(f"{name} cannot be written as plain data: it must be a number, a text or None, got {value!r}")


def _from_mapping(name: str, given: Any, allowed: Mapping[str, type]) -> Any:
    if not isinstance(given, Mapping):
        raise ValueError(f'{name} must be a mapping with a "type", one of {_listed(allowed)}; got {given!r}')
    kind = given.get("type")
    if allowed is NONLINEARITIES and isinstance(kind, str):
        kind = _SHORT_NAMES.get(kind, kind)
    if not isinstance(kind, str) or kind not in allowed:
        raise ValueError(f"{name} must be of a type among {_listed(allowed)}; got {kind!r}{meant(kind, allowed)}")
    model: Any = allowed[kind]
    fields = {field.name: field for field in dataclasses.fields(model)}
    arguments = {key: value for key, value in given.items() if key != "type"}
    for key, value in arguments.items():
        if key not in fields:
            listed = _listed(fields) if fields else "none"
            raise ValueError(f"{kind} has no field {key!r}{meant(key, fields)}; its fields are: {listed}")
        parts = {"vector", "parts", "array"} & set(fields[key].metadata) and isinstance(value, list | tuple)
        if not _BY_NAME & set(fields[key].metadata):  # what stands by name is checked by the model
            arguments[key] = tuple(value) if parts else _read(kind, key, value)
    for key, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and key not in arguments:
            where = key if name == "network" else f"{name}.{key}"
            raise ValueError(f"{kind} needs {key!r} ({where}=...)")
    return model(**arguments)


def _read(kind: str, key: str, value: Any) -> Any:
    """Return the value of a field: a part, several of them, or plain data."""
    inner = _INNER.get(key)
    if inner is None:
        return _read_plain(f"{kind}.{key}", value)
    if key == "nonlinearity" and isinstance(value, str):
        return from_text(value)
    if key in ("populations", "random") and isinstance(value, Mapping) and "type" not in value:
        return {name: _from_mapping(str(name), part, inner) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_from_mapping(key.removesuffix("s"), part, inner) for part in value)
    return None if value is None else _from_mapping(key, value, inner)


def _read_plain(name: str, value: Any) -> Any:
    """Return a single value, or a matrix as rows."""
    rows = value if isinstance(value, list | tuple) else ()
    if isinstance(value, Mapping) or any(not isinstance(row, list | tuple) for row in rows):
        raise ValueError(f"{name} must be a single value, got {value!r}")
    return tuple(tuple(row) for row in rows) if rows else value


def _option_value(word: str) -> float | str | list[Any] | None:
    if word.lower() == "none":
        return None
    if "," in word:
        return [_option_value(part.strip()) for part in word.split(",")]
    try:
        return float(word)
    except ValueError:
        return word


def _names(head: str) -> list[str]:
    return [*_SHORT_NAMES] if head == "nonlinearity" else [*_PARTS[head]]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
