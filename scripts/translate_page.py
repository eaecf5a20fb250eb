"""docs/translate.md: how queries are translated, and every rule as the code has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from smartroute_runbook.translate import IMPROVEMENTS, Schema, translate
from smartroute_runbook.translate.rules import RULES, Rule

CASES = Path(__file__).resolve().parents[1] / "tests" / "translate"
HEAD = """# From Athena SQL to Redshift SQL

```text
smartroute-runbook translate QUERIES --schema schema.yaml --out redshift
```

`QUERIES` is any number of `.sql` files, one query each, or folders of them, or exports (`.json`, `.yaml`): Athena's
named queries and Glue's views as the AWS CLI prints them, Grafana's dashboards, Superset's datasets, Metabase's cards,
dbt's manifest. The schema names the tables that they read, with Athena's types; partition columns are columns.
`--schema glue:DATABASE` reads it from Glue with the shell's AWS credentials.

```yaml
shop.orders: {id: bigint, amount: "decimal(10,2)", placed: date, note: string}
shop.events:
  note: {type: string, trailing_blanks: false, empty_text: false}
  device: {type: "struct<os:string,version:string>", super: true}
```

A column may say what the data audit knows of its values; what is said is used, what is not said is not assumed:

| property | means | what it opens |
|---|---|---|
| `super: true` | the nested column is loaded as SUPER | fields, subscripts, lengths, rows of an array |
| `trailing_blanks: false` | no text ends in a blank | comparisons without a note |
| `empty_text: false` | no text is empty | joining texts without a mark |
| `unique: true` | no two rows have the same value | running sums without a frame |
| `utc: true` | the moments in the texts end in Z or +0000 | days of `from_iso8601_timestamp`, `parse_datetime` |
| `digits: 3` | the moments in the texts have three fraction digits at most | casts to timestamp without rounding |

A view, a table made of a query, an insert, a plan or a prepared statement is translated around its query; other
statements are refused for what they are. Parameters (`?`, `:name`, `%(x)s`, `$__timeFilter(column)`) stay as written:
they may be compared or cast, and are refused where the result depends on their type.

Each query ends in one of four states:

| status | means | what to do |
|---|---|---|
| `unchanged` | the same text means the same on Redshift | nothing |
| `rewritten` | the Redshift text gives the same result; every change is listed with its rule | read the changes |
| `refused` | no translation is known to mean the same | take the decision that the hint names |
| `invalid-source` | Athena itself does not run it | correct it on Athena first |

`--out DIR` writes `NAME.sql` for each query that has a translation, and `report.html`: both texts side by side with
what differs in bold. It replaces only what it wrote itself, and follows no link. `--summary` says how many queries run
as they are, are rewritten or wait, grouped by reason and by effort. `--json` prints the same as data. The command ends
with 0 when every query is translated, else with 1.

Results are kept, even where Redshift's own answer would be better: `66.7` stays `66.7`. The better answer is asked for
by rule, and said in the translation's notes: IMPROVEMENTS.

**Notes** name what holds although the translation is right: a page whose order may tie (with the tie-breaker for both
engines), a result that depends on the clock, texts that differ in trailing blanks only.

**Errors that only Redshift meets**: Trino leaves out an operand when the one before it is NULL, so `NULL <> i + i`
cannot overflow there. Redshift computes both: such a query ends with an overflow, never with another answer.

**Tolerances** say how far a column may differ: sums of doubles depend on the order of the rows. All others are exact.

## How it is known to be right

- The query is parsed as Trino, its names and types are resolved against the schema, decimals by Trino's own rules. What
  cannot be typed, and matters, is refused.
- Each value has a second type, the one that Redshift carries, through subqueries, CTEs, set operations and windows.
  Where the two part, the text casts.
- A rule is watched while it takes a construct apart: an argument, a modifier or a clause that it leaves unread fails
  the translation.
- Each construct goes through the rules below. One that no rule knows, and that is not known to mean the same on both
  engines, is refused: nothing passes because nobody thought of it.
- The finished text passes a guard: only functions and syntax that the Redshift developer guide documents, and no use of
  them that it excludes (windows, sorted aggregates, correlated subqueries).
- In a rehearsal each translated query of the collection in `tests/translate/queries` runs on both stand-ins over the
  same rows; `make soak-translate` does the same with 10,000 random queries.
- Rules, types and entries of its tables are left out one by one, and a query of the tests must notice: `make
  soak-mutations`.

## Rules

*Plain* is what plain conversion (sqlglot) does with the example: **differs** gives another result, **invalid** is no
Redshift, **undocumented** leaves the result to chance, **tolerance** and **told** are right, without a word about how
exact the result is or what changed.
"""


def translate_page() -> str:
    """The whole page."""
    cases = yaml.safe_load((CASES / "rules.yaml").read_text(encoding="utf-8"))
    schema = Schema.load(CASES / "schema.yaml")
    lines = [HEAD.replace("IMPROVEMENTS", ", ".join(f"`--improve {name}`" for name in sorted(IMPROVEMENTS)))]
    for theme in dict.fromkeys(_theme(rule) for rule in RULES):
        lines += [
            f"### {theme.capitalize()}",
            "",
            "| rule | the trap | Athena | Redshift | plain |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(rule, cases[rule.id], schema) for rule in RULES if _theme(rule) == theme]
        lines.append("")
    return "\n".join(lines)


def _theme(rule: Rule) -> str:
    return rule.apply.__module__.rpartition(".")[2].replace("_", " ")


def _row(rule: Rule, case: dict[str, Any], schema: Schema) -> str:
    made = translate(case["sql"], schema)
    changes = [change for change in made.changes if change.rule == rule.id]
    before, after = case["sql"], "*the same*"
    if changes:
        before, after = changes[0].before, _code(changes[0].after)
    elif made.sql is None:
        after = f"*refused:* {_text(made.problems[0].hint)}"
    plain = case["plain"] + (f": {_text(case['why'])}" if "why" in case else "")
    return f"| [`{rule.id}`]({rule.source}) | {_text(rule.why)} | {_code(before)} | {after} | {plain} |"


def _text(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _code(sql: str) -> str:
    return f"`{sql}`".replace("|", "\\|")
