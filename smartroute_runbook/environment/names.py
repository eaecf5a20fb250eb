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
    "BUCKET", "FOLDER", "AlarmTopic", "ClusterName", "Column", "DatabaseName", "GlueName", "GroupName", "HostName",
    "KeyName", "KeyPrefix", "LocalPath", "Matching", "Name", "ParameterName", "PolicyName", "RecordStore", "RegionName",
    "RoleName", "SchemaName", "TagName", "UserName", "WorkgroupName",
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


_TEXT = Field(min_length=1, max_length=200)
#: Controls, and what nobody sees: other blanks than the ordinary one, joiners, marks of direction, quotation marks
#: that a word processor made of ordinary ones.
_UNSEEN = r"\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_CURLED = r"\u201c-\u201f"
Name = Annotated[
    str, _TEXT,
    Matching(rf"(?! )[^{_UNSEEN}{_CURLED}]+(?<! )",
             "a text on one line, without blanks around it, invisible characters or curled quotation marks"),
]  # fmt: skip
TagName = Annotated[Name, Matching(r"(?!(vpc|subnet|sg)-[0-9a-f]{8,17}$).*", "a name, not its id")]
LocalPath = Annotated[
    Name, Matching(r"(?![a-zA-Z][a-zA-Z0-9+.-]*:).*", "a path on this machine, such as parameters/queries")
]
HostName = Annotated[
    str, _TEXT,
    Matching(r"(?!.*\.\d+$)(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
             r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
             "a host name, such as api.example.com"),
]  # fmt: skip
KeyName = Annotated[
    str, _TEXT,
    Matching(r"alias/[a-zA-Z0-9/_-]+|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/[a-zA-Z0-9/_-]+"
             r"|(mrk-)?[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
             "a KMS key: alias/NAME, its id, or its ARN"),
]  # fmt: skip
#: A bucket's name, and a folder that is no address of another kind: ``bucket.s3.amazonaws.com/x`` was a folder here.
BUCKET = r"(?!xn--|\d+(\.\d+){3}(/|$))[a-z0-9](?!\S*\.\.)[a-z0-9.-]{1,61}[a-z0-9]"
FOLDER = r"(?![a-zA-Z][a-zA-Z0-9+.-]*:|//|\\\\|[^/]*\.amazonaws\.com(\.cn)?(/|$))[^\x00-\x1f\x7f]+"
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
    str, _TEXT,
    Matching(r"(?!/?(?i:aws|ssm))([a-zA-Z0-9_.-]+|(/[a-zA-Z0-9_.-]+){1,15})",
             "the name of an SSM parameter, such as /smartroute/x, that begins with neither aws nor ssm"),
]  # fmt: skip
Column = Annotated[str, _TEXT, Matching(r"[^\x00-\x1f\x7f\"]+", "the name of a column")]
KeyPrefix = Annotated[
    str, _TEXT,
    Matching(r"(?!(.*/)?\.{1,2}(/|$))(?!.*\.\.)[a-zA-Z0-9!_.*'()-]+(/[a-zA-Z0-9!_.*'()=-]+)*/?",
             "a prefix inside the lake's bucket, such as staging/redshift: no s3://, no slash before it"),
]  # fmt: skip
RecordStore = Annotated[
    str, _TEXT,
    Matching(rf"s3://{BUCKET}(/(?!/)[^\x00-\x1f\x7f]*)?|{FOLDER}", "a folder, or s3://BUCKET/PREFIX"),
]  # fmt: skip
