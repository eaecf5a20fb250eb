"""The shape of the package at a commit and at HEAD: sizes, complexity, documentation, what importing it costs.

    python benchmarks/house.py [COMMIT]

Both are exported into a folder that is deleted again; radon is installed there. A closure counts as a function, a name
as public when it has no leading underscore, wherever it stands.
"""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "smartroute_runbook"
BEFORE = "e341ea9"  # before the rooms were made
ROUNDS = 15
Function = ast.FunctionDef | ast.AsyncFunctionDef
TIMED = "import time; began = time.perf_counter(); {code}; print(time.perf_counter() - began)"
LOADED = (
    "import sys; {code}; own = sum(name.startswith('" + PACKAGE + "') for name in sys.modules); "
    "print(own, *(name for name in ('boto3', 'pydantic') if name in sys.modules))"
)


def run(*command: str | Path, **options: Any) -> str:
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, **options).stdout


def middle(values: Iterable[float]) -> str:
    return f"{statistics.median(values):g}"


def ends(values: Iterable[float]) -> str:
    """``95th percentile / largest``."""
    ordered = sorted(values)
    return f"{ordered[int(0.95 * (len(ordered) - 1))]:g} / {ordered[-1]:g}"


def share(flags: Iterable[bool]) -> str:
    every = list(flags)
    return f"{100 * sum(every) / len(every):.0f} %"


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def comments(path: Path) -> int:
    with tokenize.open(path) as file:
        return sum(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(file.readline))


def parameters(node: Function) -> int:
    given = node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"])) + bool(given.vararg) + bool(given.kwarg)


def imported(module: str, is_package: bool, node: ast.AST) -> Iterator[tuple[str, str]]:
    """The modules that an import statement names, and the name that it takes of each."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = module.split(".")[: None if is_package and node.level == 1 else is_package - node.level]
        source = ".".join([*(above if node.level else ()), *([node.module] if node.module else ())])
        yield from ((source, alias.name) for alias in node.names)


def circles(graph: dict[str, set[str]]) -> int:
    """Groups of modules that reach each other."""
    reach = {name: set(targets) for name, targets in graph.items()}
    for through in graph:
        for name in graph:
            if through in reach[name]:
                reach[name] |= reach[through]
    return len({frozenset(n for n in reach[name] if name in reach[n]) for name in graph if name in reach[name]})


def shape(tree: Path) -> dict[str, str]:
    paths = sorted((tree / PACKAGE).rglob("*.py"))
    parsed = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    nodes = {path: list(ast.walk(one)) for path, one in parsed.items()}
    functions = [node for every in nodes.values() for node in every if isinstance(node, Function)]
    public = [
        n for every in nodes.values() for n in every if isinstance(n, ast.ClassDef | Function) and n.name[0] != "_"
    ]
    names = {path: ".".join(path.relative_to(tree).with_suffix("").parts).removesuffix(".__init__") for path in paths}
    known, graph = set(names.values()), {}
    private = 0
    for path, name in names.items():
        taken = [pair for node in nodes[path] for pair in imported(name, path.name == "__init__.py", node)]
        full = [(source, f"{source}.{what}") for source, what in taken]
        graph[name] = {inner if inner in known else source for source, inner in full} & known - {name}
        private += sum(s.startswith(PACKAGE) and what[:1] == "_" and what[:2] != "__" for s, what in taken)
    total = sum(map(lines, paths))
    return {
        "modules": f"{len(paths)}",
        "lines": f"{total:,}",
        "module lines, median / max": f"{middle(map(lines, paths))} / {max(map(lines, paths))}",
        "function lines, median": middle(f.end_lineno - f.lineno + 1 for f in functions),
        "function lines, p95 / max": ends(f.end_lineno - f.lineno + 1 for f in functions),
        "parameters, p95 / max": ends(map(parameters, functions)),
        "typed returns": share(f.returns is not None for f in functions),
        "docstrings on public names": share(ast.get_docstring(node) is not None for node in public),
        "modules with a docstring": share(ast.get_docstring(one) is not None for one in parsed.values()),
        "comments per 100 lines": f"{100 * sum(map(comments, paths)) / total:.1f}",
        "test lines per code line": f"{sum(map(lines, (tree / 'tests').rglob('*.py'))) / total:.2f}",
        "import circles, functions' and typing imports included": f"{circles(graph)}",
        "private names imported": f"{private}",
    }


def complexity(tree: Path, radon: Path) -> str:
    """``p95 / max / above 10``; radon counts boolean operators and comprehensions."""
    blocks = json.loads(run(radon, "cc", "-j", tree / PACKAGE))
    values = [block["complexity"] for found in blocks.values() for block in found if block["type"] != "class"]
    dense = [value > 10 for value in values]
    return f"{ends(values)} / {sum(dense)} of {len(dense):,} ({share(dense)})"


def wheel(tree: Path, pip: Path, folder: Path) -> str:
    run(pip, "wheel", "-q", "--no-deps", "-w", folder, tree)
    (made,) = folder.glob("*.whl")
    return f"{made.stat().st_size / 1000:,.0f} kB"


def fresh(tree: Path, script: str) -> str:
    """What a new process prints that sees this tree's package first."""
    return run(sys.executable, "-c", script, env={**os.environ, "PYTHONPATH": str(tree)}, cwd="/").strip()


def importing(trees: dict[str, Path], code: str) -> dict[str, list[str]]:
    """Seconds, in turns, each in a process of its own; own modules, boto3 and pydantic where they are loaded."""
    times: dict[str, list[float]] = {name: [] for name in trees}
    for _ in range(ROUNDS):
        for name, tree in trees.items():
            times[name].append(float(fresh(tree, TIMED.format(code=code))))
    seconds = [statistics.median(values) for values in times.values()]
    loaded = [fresh(tree, LOADED.format(code=code)).split(" ", 1) for tree in trees.values()]
    return {
        f"`{code}`": [f"{one:.3f} s ({one / seconds[0]:.2f})" for one in seconds],
        "own modules loaded": [" with ".join(one) for one in loaded],
    }


def main(commit: str = BEFORE) -> None:
    with tempfile.TemporaryDirectory() as name:
        beside, rows = Path(name), {}
        run(sys.executable, "-m", "venv", beside / "tools")
        run(beside / "tools/bin/pip", "install", "-q", "radon==6.0.1")
        trees = {at: beside / at for at in (commit, run("git", "rev-parse", "--short=7", "HEAD", cwd=ROOT).strip())}
        for at, tree in trees.items():
            tree.mkdir()
            run("git", "archive", "-o", beside / "tree.tar", at, cwd=ROOT)
            run("tar", "xf", beside / "tree.tar", "-C", tree)
            found = shape(tree)
            found["complexity, p95 / max / above 10"] = complexity(tree, beside / "tools/bin/radon")
            found["wheel, compressed"] = wheel(tree, beside / "tools/bin/pip", beside / f"wheel-{at}")
            for row, value in found.items():
                rows.setdefault(row, []).append(value)
        table = [*rows.items()]
        for code in (f"import {PACKAGE}.translate", f"from {PACKAGE}.translate import translate"):
            table += importing(trees, code).items()
    print(f"| | {' | '.join(trees)} |\n|---|---|---|")
    for row, values in table:
        print(f"| {row} | {' | '.join(values)} |")


if __name__ == "__main__":
    main(*sys.argv[1:2])
