"""The lake as it is: tables as Glue describes them, their partitions and their files; one rule for every week."""

from .files import DataFile, data_files
from .partitions import Registered, registered
from .tables import SourceTable, describe, described, read_table, read_tables
from .values import HIVE_NULL, Value, Values

__all__ = [
    "HIVE_NULL",
    "DataFile",
    "Registered",
    "SourceTable",
    "Value",
    "Values",
    "data_files",
    "describe",
    "described",
    "read_table",
    "read_tables",
    "registered",
]
