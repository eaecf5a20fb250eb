"""S3's ListObjectsV2 written at once: moto holds each member of each object against the service's model.

A year of three tables is 26,000 objects, and what reads the lake lists them several times. What is listed is moto's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

__all__: list[str] = []

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
_moto = S3Response.list_objects_v2


def _list_objects_v2(self: Any) -> Any:
    """Moto's listing; the response object is of this request alone."""

    def serialized(result: ActionResult) -> Any:
        if not isinstance(result.result, dict):  # an error
            return S3Response.serialized(self, result)
        body = f"{_HEAD}{''.join(_elements(result.result))}</ListBucketResult>"
        return 200, {**self.response_headers, "content-type": "application/xml"}, body

    self.serialized = serialized
    return _moto(self)


def _elements(members: dict[str, Any]) -> Iterator[str]:
    """Each member as an element; a list as an element for each of its items (the model's lists are flattened)."""
    for name, value in members.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield f"<{name}>{''.join(_elements(one))}</{name}>"
            else:
                yield f"<{name}>{str(one).lower() if isinstance(one, bool) else escape(str(one))}</{name}>"


S3Response.list_objects_v2 = _list_objects_v2
