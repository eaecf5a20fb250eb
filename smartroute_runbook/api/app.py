"""The dashboard's API without a network: a request and its response.

``GET /api/NAME`` answers 200 with ``engine``, ``query``, ``columns``, ``rows``, ``milliseconds``, or an error with
``error`` (and ``engine`` where one was asked); ``fallback`` says why the control answered in a trial.
``GET /api/NAME?stop=127N`` gives a parameter that the query declares, see ``query_parameters``.
``GET /api/NAME?engine=redshift`` asks that engine whatever the parameter says, and nobody else in its place. The header
``Engine-Route`` is the parameter's value as the API knows it. ``GET /health`` answers 200 while the API is up.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from smartroute_runbook.query_parameters import BadParameter, bind

from .answers import Answer, KeptAnswers, within
from .engine import DashboardEngine, EngineFailed, QueryResult
from .queries import PublishedQueries, is_query_name
from .route import CachedRoute
from .routing import CANDIDATE, CONTROL, Route

__all__ = ["Api", "Request", "Response"]

_LONGEST_QUERY_STRING = 2_000
_CALLERS = 400
_LARGEST_BODY = 5_000_000
"""Bytes; Lambda answers with at most 6 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_OUR_WORDS = (TimeoutError, LookupError, ValueError, EngineFailed, ConnectionError)


@dataclass(frozen=True)
class Request:
    """What was asked. Names of headers in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What is answered.

    Attributes:
        query: the query that a user asked; '' for an operator's request and for what is no query.
        engine: the engine that answered it, or failed to; '' where none was asked.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    query: str = ""
    engine: str = ""


class _Asked(NamedTuple):
    """A query with the values of its parameters, which are its name's in the answers that are kept."""

    name: str
    given: tuple[tuple[str, str], ...]

    @property
    def values(self) -> dict[str, str]:
        return dict(self.given)


class Api:
    """Answers requests.

    Args:
        queries: the published texts.
        route: the engine parameter.
        control: asks Athena.
        candidate: asks Redshift.
        candidate_seconds: an answer of Redshift that takes longer is none.
        deadline_seconds: a request that takes longer is answered with an error, whichever engines were asked for it.
        max_age: seconds for which an answer may be given again, here and by whoever asked; 0: never.
        shared: whether a cache between may give it to others too; in a trial it never may.
    """

    def __init__(
        self, queries: PublishedQueries, route: CachedRoute, control: DashboardEngine, candidate: DashboardEngine, *,
        candidate_seconds: float = 20.0, deadline_seconds: float = 28.0, max_age: int = 0,
        shared: bool = False,
    ) -> None:  # fmt: skip
        self._queries, self._route, self._max_age, self._deadline = queries, route, max_age, deadline_seconds
        self._engines = {CONTROL: (control, deadline_seconds), CANDIDATE: (candidate, candidate_seconds)}
        self._answers, self._shared = KeptAnswers(max_age), shared

    def close(self) -> None:
        """Close the engines' connections."""
        for engine, _ in self._engines.values():
            engine.close()

    def respond(self, request: Request) -> Response:
        """The response to a request; whatever fails is one too."""
        if request.method not in {"GET", "HEAD"}:
            return _json(405, {"error": f"{request.method} is not answered, expected GET"}, {"Allow": "GET, HEAD"})
        if request.path == "/health":
            return _json(200, {"status": "ok"})
        name = unquote(request.path.removeprefix("/api/"))
        if not request.path.startswith("/api/") or not is_query_name(name):
            return _json(404, {"error": "no such page, expected /api/ and a query's name"})
        if len(request.query) > _LONGEST_QUERY_STRING:
            return _json(414, {"error": f"the parameters are longer than {_LONGEST_QUERY_STRING:,} characters"})
        pairs = parse_qsl(request.query, keep_blank_values=True)
        parameters = dict(pairs)
        if len(pairs) > len(parameters):
            return _json(400, {"error": "a parameter is given twice"})
        wanted = parameters.pop("engine", "")
        if wanted and wanted not in self._engines:
            return _json(400, {"error": f"unknown engine, expected {' or '.join(self._engines)}"})
        asked = _Asked(name, tuple(sorted(parameters.items())))
        response, engine = self._answer(asked, wanted, request.headers.get("if-none-match", ""))
        counted = not wanted and response.status != _CALLERS  # a user's, and one that an engine had to answer
        return replace(response, query=name, engine=engine) if counted else response

    def _answer(self, asked: _Asked, wanted: str, known: str) -> tuple[Response, str]:
        """The response, and the engine that it came from."""
        followed, engine, started = "", wanted, time.perf_counter()
        end = time.monotonic() + self._deadline
        try:
            followed = self._route.value()
            route = Route.parse(followed or CONTROL)
            engine = wanted or route.pick(random.random(), datetime.now(UTC))  # noqa: S311 - a share, no secret
            trial = route.until is not None
            in_trial = not wanted and engine == CANDIDATE and trial
            body, left = self._body(engine, asked, end, in_trial=in_trial, cached=not wanted)
        except BadParameter as error:
            return _json(_CALLERS, {"error": str(error)}), ""
        except Exception as error:  # the caller learns which engine failed, and of our own errors why
            return _json(502, {"engine": engine, "error": _why(error)}, {"Engine-Route": followed}), engine
        engine = body["engine"]
        headers = {"Engine-Route": followed} | self._caching(body, left, private=bool(wanted), trial=trial)
        if headers.get("ETag") in _tags(known):
            return Response(304, headers, b""), engine
        milliseconds = round((time.perf_counter() - started) * 1000, 3)
        response = _json(200, body | {"milliseconds": milliseconds}, headers)
        if len(response.body) > _LARGEST_BODY:
            why = f"the answer has {len(response.body):,} bytes, at most {_LARGEST_BODY:,} are sent"
            return _json(502, {"engine": engine, "error": why}, {"Engine-Route": followed}), engine
        return response, engine

    def _body(self, engine: str, asked: _Asked, end: float, *, in_trial: bool, cached: bool) -> tuple[Answer, float]:
        def ask() -> dict[str, Any]:
            return self._asked(engine, asked, end, in_trial=in_trial)

        return self._answers.of((engine, asked), ask, end - time.monotonic()) if cached else (ask(), 0.0)

    def _asked(self, engine: str, asked: _Asked, end: float, *, in_trial: bool) -> dict[str, Any]:
        """The engine's answer; in a trial the control's where the candidate has none."""
        try:
            result, more = self._query(engine, asked, end), {"engine": engine}
        except BadParameter:
            raise
        except Exception as error:
            if not in_trial:
                raise
            result, more = self._query(CONTROL, asked, end), {"engine": CONTROL, "fallback": f"{engine}: {_why(error)}"}
        return {"query": asked.name, "columns": result.columns, "rows": result.rows} | more

    def _query(self, engine: str, asked: _Asked, end: float) -> QueryResult:
        of, most = self._engines[engine]  # type: ignore[index]  # one of the two: checked where it came from
        seconds = round(min(most, max(0.0, end - time.monotonic())), 1)
        return within(seconds, lambda: of.query(bind(self._queries.text(engine, asked.name), asked.values), seconds))

    def _caching(self, body: Mapping[str, Any], left: float, *, private: bool, trial: bool) -> dict[str, str]:
        """An answer that was kept here may be kept elsewhere for what is left of its time."""
        if private or not self._max_age or "fallback" in body:
            return {}
        digest = hashlib.sha256(json.dumps([body["engine"], body["columns"], body["rows"]]).encode()).hexdigest()
        scope = "public" if self._shared and not trial else "private"
        return {"Cache-Control": f"{scope}, max-age={math.ceil(left)}", "ETag": f'"{digest[:32]}"'}


def _why(error: Exception) -> str:
    """Our own words and the engine's; of an error of AWS its code, of any other its class: they may name hosts."""
    if isinstance(error, _OUR_WORDS):
        return str(error)
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)


def _tags(known: str) -> set[str]:
    """The tags of an If-None-Match; a cache that compressed the answer has made its tag a weak one (RFC 9110, 8.8)."""
    return {one.strip().removeprefix("W/") for one in known.split(",")}


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    data = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    # What does not say otherwise is kept by nobody: browsers and CloudFront keep errors for a while by themselves.
    return Response(status, {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})}, data)
