"""Admission of requests: only programs of this machine that carry a key which was issued here.

A page of any site that a browser on this machine shows can send requests to local ports, under a name of its own that
leads here. So the host name must be this machine's, no foreign origin may stand in a request, and a request must carry
an access key of the stand-in, administrative paths too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Response

__all__ = ["access_key", "foreign", "without_permissions"]

_OWN_HOST = re.compile(r"(?:[a-z0-9.-]+\.)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?", re.IGNORECASE)
_QUERY_KEY = re.compile(r"(?:^|&)(?:X-Amz-Credential|AWSAccessKeyId)=([^&/%]+)", re.IGNORECASE)
_HEADER_KEY = re.compile(r"Credential=([^/,\s]+)|^AWS ([^:]+):")

Known = Callable[[str], bool]


def foreign(environ: dict[str, Any]) -> str:
    """Why a request is not from this machine; empty when it may be answered."""
    host = environ.get("HTTP_HOST", "")
    if not _OWN_HOST.fullmatch(host):
        return f"the host name {host!r} is not this machine's"
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and urlsplit(origin).netloc != host:
        return f"the request comes from {origin!r}"
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
        return "the request comes from a page of another site"
    return ""


def access_key(environ: dict[str, Any]) -> str:
    """The access key that a request is signed with, in its header or (presigned) in its address; '' without one."""
    match = _HEADER_KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
    if match:
        return match[1] or match[2]
    match = _QUERY_KEY.search(environ.get("QUERY_STRING", ""))
    return unquote(match[1]) if match else ""


def without_permissions(answer: Response) -> Response:
    """An answer that lets no page of another origin read it, whatever the server below permits."""
    for name in [name for name in answer.headers.keys() if name.lower().startswith("access-control-")]:  # noqa: SIM118
        del answer.headers[name]
    return answer
