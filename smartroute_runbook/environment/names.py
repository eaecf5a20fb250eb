"""The syntax of names and paths in parameters, each as AWS documents it.

Sources: CreateCluster, CreateClusterParameterGroup and CreateClusterSubnetGroup (Amazon Redshift API reference), names
and identifiers (Redshift database developer guide), CreateWorkGroup (Athena), CreateRole (IAM), CreateTopic (SNS),
PutParameter (Systems Manager), object key naming (Amazon S3 user guide).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = [
    "AlarmTopic", "ClusterName", "Column", "DatabaseName", "GlueName", "GroupName", "KeyPrefix", "Matching", "Name",
    "ParameterName", "PolicyName", "RecordStore", "RegionName", "RoleName", "SchemaName", "UserName", "WorkgroupName",
    "unique",
]  # fmt: skip


@dataclass(frozen=True)
class Matching:
    """A text that matches a pattern as a whole; ``words`` say to a person what that is."""

    pattern: str
    words: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The type's own schema, then this check."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def check(self, text: str) -> str:
        """The text itself.

        Raises:
            ValueError: it does not match; its message is what was expected.
        """
        if not re.fullmatch(self.pattern, text):
            raise ValueError(self.words)
        return text


def unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """The list itself, when it names nothing twice.

    Raises:
        ValueError: it does.
    """
    if len(set(values)) < len(values):
        raise ValueError("a list that names nothing twice")
    return values


_TEXT = Field(min_length=1, max_length=200)
Name = Annotated[
    str, _TEXT, Matching(r"(?!\s)[^\x00-\x1f\x7f]+(?<!\s)", "a text on one line, without blanks around it")
]
RegionName = Annotated[
    str, _TEXT, Matching(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", "the code of a region, such as us-east-1")
]
GlueName = Annotated[
    str, Field(min_length=1, max_length=255),
    Matching(r"[^\x00-\x1f\x7f'\"`;\\/.]+", "a name in Glue, without quotation marks, dots or slashes"),
]  # fmt: skip
WorkgroupName = Annotated[str, _TEXT, Matching(r"[a-zA-Z0-9._-]{1,128}", "up to 128 letters, digits, '.', '_' and '-'")]
ClusterName = Annotated[
    str, _TEXT,
    Matching(r"(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
             "up to 63 lower-case letters, digits and single hyphens, beginning with a letter"),
]  # fmt: skip
GroupName = Annotated[
    str, _TEXT,
    Matching(r"(?=.{1,255}$)[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*",
             "up to 255 letters, digits and single hyphens, beginning with a letter"),
]  # fmt: skip
DatabaseName = Annotated[
    str,
    _TEXT,
    Matching(r"[a-z_][a-z0-9_]{0,63}", "up to 64 lower-case letters, digits and '_'"),
]
SchemaName = Annotated[
    str, _TEXT,
    Matching(r"[a-z_][a-z0-9_$]{0,126}", "up to 127 lower-case letters, digits and '_$'"),
]  # fmt: skip
UserName = Annotated[
    str, _TEXT,
    Matching(r"(?!public$)[a-z][a-z0-9_+.@-]{0,127}", "lower-case letters, digits, '_+.@-', beginning with a letter"),
]  # fmt: skip
RoleName = Annotated[str, _TEXT, Matching(r"[\w+=,.@-]{1,64}", "the name of a role, not its ARN")]
PolicyName = Annotated[
    str, _TEXT,
    Matching(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/([\w+=,.@-]+/)*[\w+=,.@-]{1,128}|([\w+=,.@-]+/)*[\w+=,.@-]{1,128}",
             "the name of a managed policy, or its ARN"),
]  # fmt: skip
AlarmTopic = Annotated[str, _TEXT, Matching(r"[a-zA-Z0-9_-]{1,256}", "the name of a topic, not its ARN")]
ParameterName = Annotated[
    str, _TEXT, Matching(r"/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*", "the name of an SSM parameter, such as /smartroute/x")
]
Column = Annotated[str, _TEXT, Matching(r"[^\x00-\x1f\x7f\"]+", "the name of a column")]
KeyPrefix = Annotated[
    str, _TEXT,
    Matching(r"(?!.*\.\.)[a-zA-Z0-9!_.*'()-]+(/[a-zA-Z0-9!_.*'()=-]+)*/?",
             "a prefix inside the lake's bucket, such as staging/redshift: no s3://, no slash before it"),
]  # fmt: skip
RecordStore = Annotated[
    str, _TEXT,
    Matching(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\x00-\x1f\x7f]*)?|(?![a-zA-Z][a-zA-Z0-9+.-]*:)[^\x00-\x1f\x7f]+",
             "a folder, or s3://BUCKET/PREFIX"),
]  # fmt: skip
