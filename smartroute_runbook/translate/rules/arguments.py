"""Which parts of each construct the rules know. A part that nobody thought of is refused, never dropped."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena

__all__ = ["require_known_parts"]

COMMON: Final = frozenset({"this", "expression", "expressions"})
QUERY: Final = "with_ order limit offset"
KNOWN: Final[dict[type[exp.Expression], frozenset[str]]] = {
    kind: COMMON | frozenset(parts.split())
    for kind, parts in {
        exp.Select: f"{QUERY} from_ where group having distinct joins windows", exp.Subquery: f"{QUERY} alias",
        exp.Union: f"{QUERY} distinct", exp.Intersect: f"{QUERY} distinct", exp.Except: f"{QUERY} distinct",
        exp.With: "recursive", exp.CTE: "alias", exp.Table: "alias db catalog", exp.TableAlias: "columns",
        exp.Values: "alias",
        exp.Unnest: "alias offset", exp.Join: "on side kind using", exp.Column: "table db catalog",
        exp.Identifier: "quoted",
        exp.Alias: "alias", exp.Literal: "is_string", exp.Ordered: "desc nulls_first",
        exp.Fetch: "direction count limit_options",
        exp.Window: "partition_by order spec alias over", exp.WindowSpec: "kind start start_side end end_side",
        exp.Like: "negate", exp.In: "query", exp.Between: "low high", exp.Case: "ifs default", exp.If: "true false",
        exp.Cast: "to", exp.TryCast: "to safe", exp.Div: "typed safe", exp.DPipe: "safe", exp.Concat: "safe coalesce",
        exp.Round: "decimals", exp.Trunc: "decimals", exp.Count: "big_int", exp.GroupConcat: "separator",
        exp.ApproxQuantile: "quantile weight", exp.ApproxDistinct: "accuracy", exp.Lag: "offset default",
        exp.Lead: "offset default",
        exp.NthValue: "offset", exp.Interval: "unit", exp.DateAdd: "unit", exp.DateDiff: "unit big_int",
        exp.TimestampTrunc: "unit",
        exp.DateTrunc: "unit", exp.UnixToTime: "zone", exp.AtTimeZone: "zone", exp.StrToTime: "format",
        exp.TimeToStr: "format",
        exp.Substring: "start length", exp.StrPosition: "substr occurrence position", exp.Trim: "position",
        exp.Replace: "replacement", exp.Pad: "fill_pattern is_left", exp.SplitPart: "delimiter part_index",
        exp.Translate: "from_ to",
        exp.RegexpExtract: "group null_if_pos_overflow", exp.RegexpReplace: "replacement", exp.Encode: "charset",
        exp.ConcatWs: "safe coalesce",
        exp.SHA2Digest: "length", exp.JSONExtractScalar: "scalar_only", exp.Array: "value_constructor bracket_notation",
        exp.Bracket: "offset safe returns_list_for_maps", exp.ArrayToString: "null", exp.Chr: "charset",
    }.items()
}  # fmt: skip


def require_known_parts(node: exp.Expression) -> None:
    """Refuses a node with a part that no rule looks at.

    Raises:
        Refusal: there is one.
    """
    known = KNOWN.get(type(node), COMMON)
    for part, value in node.args.items():
        if part not in known and value not in (None, False, "", []):
            raise Refusal(
                "syntax", f"{part.strip('_').upper()} in {athena(node)} has no known counterpart", "leave it out"
            )
