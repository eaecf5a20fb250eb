"""Each row of each truth table, against the engine's stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from truth.truth_answer import Refused

TABLES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("*.yaml"))}
ROWS = [
    pytest.param(
        engine, row, table["sources"][row["from"]], id=f"{engine}-{n}-{str(row.get('sql', row.get('script')))[:50]}"
    )
    for engine, table in TABLES.items()
    for n, row in enumerate(table["rows"], 1)
]


@pytest.mark.parametrize(("engine", "row", "source"), ROWS)
def test_behaviour(engine, row, source, truth_engines, record_property):
    record_property("truth", (engine, f"{source['kind']}: {source['title']}"))
    statements = row["script"] if "script" in row else [f"SELECT {row['sql']}"]
    if "fails" in row:
        with pytest.raises(Refused) as error:
            truth_engines(engine).run(statements, row)
        assert row["fails"].lower() in str(error.value).lower()
        return
    answer = truth_engines(engine).run(statements, row)
    if "is" in row:
        assert answer.value == row["is"]
    if "type" in row:
        assert answer.type == row["type"]


@pytest.mark.parametrize("engine", TABLES)
def test_every_row_is_complete_and_unique(engine):
    rows, sources = TABLES[engine]["rows"], TABLES[engine]["sources"]
    known = {"sql", "script", "is", "fails", "type", "from", "workgroup", "as", "why", "velox"}
    for row in rows:
        assert set(row) <= known, row
        assert ("sql" in row) != ("script" in row), row
        assert {"is", "fails", "type"} & set(row), row
        assert row["from"] in sources, row
        assert row.get("is") is None or isinstance(row["is"], str), row
    texts = [str((row.get("sql"), row.get("script"), row.get("workgroup"), row.get("as"))) for row in rows]
    assert len(texts) == len(set(texts))
    assert set(sources) == {row["from"] for row in rows}
    for source in sources.values():
        assert set(source) == {"kind", "title", "where"}
        assert source["kind"] in {"documentation", "source", "measured", "recalled"}
