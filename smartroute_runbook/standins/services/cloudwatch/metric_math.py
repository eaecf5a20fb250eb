"""CloudWatch's metric math: expressions over series.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import math
import re
import statistics
from collections.abc import Callable, Mapping
from itertools import pairwise

from .datapoints import EvaluationWindow, MathError, Series

__all__ = ["calculate"]


Value = float | Series | list[Series]
_ELSEWHERE = {"ANOMALY_DETECTION_BAND", "SEARCH", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "LAMBDA", "DB_PERF_INSIGHTS"}


def calculate(expression: str, known: Mapping[str, Series], window: EvaluationWindow) -> Series:
    """The series of an expression over series known by id.

    Raises:
        MathError: what CloudWatch would refuse.
        NotImplementedError: a function of CloudWatch's that is not here.
    """
    if expression.lstrip().upper().startswith("SELECT"):
        raise NotImplementedError("CloudWatch Metrics Insights queries")
    result = _Evaluator(known, window).value(_parse(expression))
    if isinstance(result, list):
        raise MathError("The expression must return a single time series")
    return result if isinstance(result, dict) else dict.fromkeys(window.starts, result)


def _parse(expression: str) -> ast.expr:
    text = re.sub(r"\bAND\b|&&", " and ", expression.replace("^", "**"))
    text = re.sub(r"\bOR\b|\|\|", " or ", text)
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise MathError(f"Error in expression '{expression}': syntax") from None


class _Evaluator:
    def __init__(self, known: Mapping[str, Series], window: EvaluationWindow) -> None:
        self._known, self._window = known, window

    def value(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.List):
            return [self._series(self.value(item)) for item in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _each(self.value(node.operand), lambda x: -x)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _pair(self.value(node.left), self.value(node.right), _BINARY[type(node.op)])
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
            return _pair(self.value(node.left), self.value(node.comparators[0]), _COMPARE[type(node.ops[0])])
        if isinstance(node, ast.BoolOp):
            return self._bool(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id.upper(), node.args)
        raise MathError(f"Error in expression: {ast.unparse(node)}")

    def _name(self, name: str) -> Series:
        if name not in self._known:
            raise MathError(f"Error in expression: unknown id '{name}'")
        return self._known[name]

    def _series(self, value: Value) -> Series:
        if isinstance(value, list):
            raise MathError("Arrays cannot be nested")
        return value if isinstance(value, dict) else dict.fromkeys(self._window.starts, value)

    def _bool(self, node: ast.BoolOp) -> Value:
        def join(x: float, y: float) -> float:
            return float(bool(x) and bool(y)) if isinstance(node.op, ast.And) else float(bool(x) or bool(y))

        result = self.value(node.values[0])
        for operand in node.values[1:]:
            result = _pair(result, self.value(operand), join)
        return result

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name in _ELSEWHERE:
            raise NotImplementedError(f"metric math function {name}")
        if name == "FILL" and len(arguments) == 2:
            return self._fill(self.value(arguments[0]), arguments[1])
        if name == "METRICS":
            return list(self._known.values())
        if name == "PERIOD":
            return float(self._window.period)
        values = [self.value(argument) for argument in arguments]
        if name == "IF" and len(values) in (2, 3):
            return self._if(*values)
        if name in _AGGREGATE and len(values) == 1:
            return _aggregate(_AGGREGATE[name], values[0])
        if name in _SCALAR and len(values) == 1:
            return _each(values[0], _SCALAR[name])
        if name in ("RATE", "DIFF", "RUNNING_SUM") and len(values) == 1:
            return self._along(name, self._series(values[0]))
        raise MathError(f"Error in expression: function {name} with {len(values)} arguments")

    def _fill(self, value: Value, filler: ast.expr) -> Value:
        if isinstance(value, list):
            return [self._filled(series, filler) for series in value]
        return self._filled(self._series(value), filler)

    def _filled(self, series: Series, filler: ast.expr) -> Series:
        starts = self._window.starts
        if isinstance(filler, ast.Name) and filler.id.upper() == "REPEAT":
            filled, last = {}, None
            for start in starts:
                last = series.get(start, last)
                if last is not None:
                    filled[start] = last
            return filled
        if isinstance(filler, ast.Name) and filler.id.upper() == "LINEAR":
            raise NotImplementedError("FILL(..., LINEAR)")
        constant = self._series(self.value(filler))
        return {start: series.get(start, constant.get(start, 0.0)) for start in starts}

    def _if(self, condition: Value, then: Value, other: Value | None = None) -> Series:
        chosen, yes = self._series(condition), self._series(then)
        no = {} if other is None else self._series(other)
        picked = {start: (yes if test else no).get(start) for start, test in chosen.items()}
        return {start: value for start, value in picked.items() if value is not None}

    def _along(self, name: str, series: Series) -> Series:
        ordered = sorted(series.items())
        if name == "RUNNING_SUM":
            total, sums = 0.0, {}
            for start, value in ordered:
                total += value
                sums[start] = total
            return sums
        return {b: (y - x) / ((b - a) if name == "RATE" else 1) for (a, x), (b, y) in pairwise(ordered)}


def _each(value: Value, change: Callable[[float], float]) -> Value:
    if isinstance(value, list):
        return [{start: change(x) for start, x in series.items()} for series in value]
    return {start: change(x) for start, x in value.items()} if isinstance(value, dict) else change(value)


def _pair(left: Value, right: Value, join: Callable[[float, float], float | None]) -> Value:
    """Series meet where both have data; a division by zero leaves a gap."""
    if isinstance(left, list) or isinstance(right, list):
        raise MathError("Arithmetic on arrays: aggregate them first")
    if isinstance(left, dict) or isinstance(right, dict):
        base = left if isinstance(left, dict) else right
        assert isinstance(base, dict)  # noqa: S101  one of them is, see above
        a = left if isinstance(left, dict) else dict.fromkeys(base, left)
        b = right if isinstance(right, dict) else dict.fromkeys(base, right)
        joined = {start: join(a[start], b[start]) for start in a if start in b}
        return {start: value for start, value in joined.items() if value is not None}
    result = join(left, right)
    if result is None:
        raise MathError("Division by zero")
    return result


def _aggregate(function: Callable[[list[float]], float], value: Value) -> Value:
    """Of a series its one figure; of an array of series the figure at each time."""
    if isinstance(value, list):
        starts = sorted({start for series in value for start in series})
        return {start: function([series[start] for series in value if start in series]) for start in starts}
    if isinstance(value, dict):
        return function(list(value.values())) if value else {}
    return value


_BINARY: dict[type[ast.operator], Callable[[float, float], float | None]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y if y else None,
    ast.Pow: lambda x, y: x**y,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], float]] = {
    ast.Lt: lambda x, y: float(x < y),
    ast.LtE: lambda x, y: float(x <= y),
    ast.Gt: lambda x, y: float(x > y),
    ast.GtE: lambda x, y: float(x >= y),
    ast.Eq: lambda x, y: float(x == y),
    ast.NotEq: lambda x, y: float(x != y),
}
_AGGREGATE: dict[str, Callable[[list[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "STDDEV": statistics.pstdev,
    "METRIC_COUNT": len,
}
_SCALAR: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
