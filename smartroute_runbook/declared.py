"""The name and version under which a result is stored: declared beside the result, not derived from its class.

What a gate binds to declares ``evidence_name`` and ``evidence_version`` in its class; what is measured once a run is
declared by ``measured``. A class, a function or a folder can then be renamed while runs are open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar

from smartroute_runbook.errors import UsageError, VerificationFailed

__all__ = [
    "Declaration",
    "KeptKind",
    "declaration_of",
    "evidence_name_of",
    "measured",
    "measured_functions",
    "read_as",
    "version_of",
]

T = TypeVar("T")
P = ParamSpec("P")


class KeptKind(Protocol):
    """A result that gates keep.

    Attributes:
        evidence_name: the last part of its evidence's name, such as ``costs`` in ``week1.decision.costs``.
        evidence_version: raised when what was kept by an older release can no longer be read as this class.
    """

    evidence_name: ClassVar[str]
    evidence_version: ClassVar[int]


@dataclass(frozen=True)
class Declaration:
    """Under which name, and as what, ``Run.once`` keeps what a function returns."""

    name: str
    kind: type[Any]
    function: str


_measured: dict[str, Declaration] = {}


def measured(name: str, kind: type[T]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Declare that a function's result is kept once a run.

    Args:
        name: unique, and never changed while runs are open, such as ``load.read_point``.
        kind: the dataclass it returns.

    Raises:
        TypeError: another function has this name already.
    """

    def declare(function: Callable[P, T]) -> Callable[P, T]:
        declaration = Declaration(name, kind, f"{function.__module__}.{function.__qualname__}")
        other = _measured.setdefault(name, declaration)
        if other.function != declaration.function:
            raise TypeError(f"'{name}' is declared by {other.function} and by {declaration.function}")
        _measured[name] = declaration
        function.__dict__["declaration"] = declaration
        return function

    return declare


def declaration_of(function: Callable[..., Any]) -> Declaration:
    """How a function's result is kept.

    Raises:
        UsageError: it is not declared.
    """
    declaration: Declaration | None = getattr(function, "declaration", None)
    if declaration is None:
        raise UsageError(
            f"{getattr(function, '__qualname__', function)} declares no name under which its result is kept",
            expected='@measured("room.name", Result) above it',
        )
    return declaration


def measured_functions() -> dict[str, Declaration]:
    """Every declaration of a module that was imported, by its name."""
    return dict(_measured)


def evidence_name_of(value: Any) -> str:
    """Under which name a gate keeps a result: the declared one.

    A class that declares none, such as one of a user's own notebook, gives its own name in lower case: nothing reads
    that back as a type, and renaming it voids the signatures over it.
    """
    return str(getattr(type(value), "evidence_name", "") or type(value).__name__.lower())


def version_of(kind: type[Any]) -> int:
    """The version in which results of a class are kept; 1 where it declares none."""
    return int(getattr(kind, "evidence_version", 1))


def read_as(kind: type[T], data: bytes, name: str) -> T:
    """What was kept, as its class.

    Raises:
        VerificationFailed: it does not read as one.
    """
    from pydantic import TypeAdapter, ValidationError  # declaring needs none of it

    try:
        return TypeAdapter(kind).validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise VerificationFailed(
            f"What this run keeps as '{name}' does not read as {kind.__name__}: {where}: {first['msg']}",
            hint="It was kept by another release: go on with that one, or open a new run",
        ) from error
