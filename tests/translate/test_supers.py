"""Parts of SUPER columns by their type: each is cast to what Athena gives, or refused."""

from __future__ import annotations

import pytest

from smartroute_runbook.translate import translate
from smartroute_runbook.translate.schema import Schema

KINDS = {"a_text": "string", "a_bigint": "bigint", "an_integer": "int", "a_smallint": "smallint",
         "a_tinyint": "tinyint", "a_double": "double", "a_real": "float", "a_boolean": "boolean",
         "a_date": "date"}  # fmt: skip
FIELDS = ",".join(f"{name}:{kind}" for name, kind in KINDS.items())
SCHEMA = Schema.of({"lab.nested": {"id": "bigint", "place": {"type": f"struct<{FIELDS}>", "super": True}}})


@pytest.mark.parametrize(("field", "to"), [
    ("a_text", "VARCHAR(65535)"), ("a_bigint", "BIGINT"), ("an_integer", "INTEGER"), ("a_smallint", "SMALLINT"),
    ("a_tinyint", "SMALLINT"), ("a_double", "DOUBLE PRECISION"), ("a_real", "REAL"), ("a_boolean", "BOOLEAN"),
])  # fmt: skip
def test_a_field_is_cast_to_the_type_that_athena_gives(field, to):
    made = translate(f"SELECT place.{field} AS v FROM nested", SCHEMA)
    assert made.sql is not None, made.problems
    assert f"AS {to})" in made.sql


def test_a_field_of_another_type_is_refused():
    made = translate("SELECT place.a_date AS v FROM nested", SCHEMA)
    assert made.sql is None
    assert [problem.rule for problem in made.problems] == ["super"]
