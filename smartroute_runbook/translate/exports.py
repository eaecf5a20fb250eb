"""Queries where teams keep them: exports of Athena, Glue, Grafana, Superset, Metabase and dbt."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import read_text
from smartroute_runbook.strict_yaml import read_yaml

__all__ = ["SUFFIXES", "exported_queries"]

SUFFIXES: Final = (".json", ".yaml", ".yml")
LARGEST: Final = 256 * 2**20  # bytes; dbt's manifests of thousands of models have a tenth of it
VIEW: Final = re.compile(r"/\*\s*Presto View:\s*([A-Za-z0-9+/=\s]+?)\s*\*/")
# Where a query's text stands, and where its name, in the mappings of the exports.
TEXTS: Final = ("QueryString", "rawSQL", "rawSql", "compiled_code", "compiled_sql", "sql")
NAMES: Final = ("Name", "name", "title", "table_name", "slice_name", "refId")


def exported_queries(path: Path) -> list[tuple[str, str]]:
    """Names and texts of the queries of an export, in its order; a name that comes twice gets a number.

    The text is empty where the export holds none: a question made in Metabase's editor, a model that dbt has not
    compiled, a view of Hive's.

    Known are: Athena's named queries and Glue's views (as the AWS CLI prints them), Grafana's dashboards, Superset's
    datasets and charts, Metabase's cards, and dbt's manifest (compiled models).

    Raises:
        UsageError: the file is no JSON or YAML, or holds no query.
    """
    counted: dict[str, int] = {}
    queries = []
    try:
        if path.suffix == ".json":
            loaded = json.loads(read_text(path, "the export", limit=LARGEST))
        else:
            loaded = read_yaml(path, what=f"the export {path}", limit=LARGEST)
        found = list(_found(loaded, ""))
    except ValueError as error:
        raise UsageError(f"the export {path} cannot be read: {(str(error).splitlines() or [''])[0]}") from None
    except RecursionError:
        raise UsageError(f"the export {path} cannot be read: it is nested too deep") from None
    for name, sql in found:
        slug = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:80] or path.stem
        counted[slug] = counted.get(slug, 0) + 1
        queries.append((slug if counted[slug] == 1 else f"{slug}_{counted[slug]}", sql))
    if not queries:
        raise UsageError(f"the export {path} holds no query", expected="an export of Athena, Glue, Grafana, Superset, "
                         "Metabase or dbt")  # fmt: skip
    return queries


def _found(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """The queries below a value; whatever names it first names them."""
    if isinstance(value, list):
        for each in value:
            yield from _found(each, name)
        return
    if not isinstance(value, dict):
        return
    own = next((str(value[key]) for key in NAMES if isinstance(value.get(key), str) and value[key]), "")
    inner = f"{name}_{own}" if name and own and own != name else own or name
    text = _text_of(value)
    if text is not None:
        yield str(value.get("Name", "view")) if _is_view(value) else inner, text
        return
    for key, each in value.items():
        yield from _found(each, inner if key not in ("nodes", "TableList") else "")


def _text_of(value: dict[str, Any]) -> str | None:
    """The query of a part of an export: empty where it has one without a text, None where it has none."""
    for key in TEXTS:
        if isinstance(value.get(key), str) and value[key].strip():
            return str(value[key])
    if _is_view(value):
        return glue_view(value) or ""
    native = value.get("native")
    if isinstance(native, dict) and isinstance(native.get("query"), str):
        return str(native["query"])
    if _without_text(value):
        return ""
    grafana_variable = value.get("type") == "query" and isinstance(value.get("query"), str)
    return str(value["query"]) if grafana_variable else None


def _is_view(value: dict[str, Any]) -> bool:
    return value.get("TableType") == "VIRTUAL_VIEW"


def _without_text(value: dict[str, Any]) -> bool:
    """Whether it is a question of Metabase's editor, or a model that dbt has not compiled."""
    asked = value.get("dataset_query")
    built = isinstance(asked, dict) and asked.get("type") == "query"
    return built or (value.get("resource_type") == "model" and "raw_code" in value)


def glue_view(table: Mapping[str, Any]) -> str | None:
    """A view's query out of the text that Athena keeps in Glue: base64 of JSON in a comment; None for other views."""
    kept = VIEW.search(str(table.get("ViewOriginalText", "")))
    if kept is None:
        return None
    try:
        return str(json.loads(base64.b64decode(kept[1]))["originalSql"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
