"""The package's own YAML files: facts, prices, the plan. They are trusted, and read without strict checks."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

__all__ = ["read_data"]

# libyaml is several times as fast; where it is missing, PyYAML's own loader.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_data(package: str, name: str) -> Any:
    """A YAML file that lies in a package.

    Args:
        package: its ``__package__``.
        name: of the file.
    """
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader either way
