"""Small lakes of any form, made in the stand-ins: tables registered in Glue, files written by pyarrow."""

from __future__ import annotations

import io
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from soak.kills import prepare_world
from support.gates import do_signed, pass_week, reach

from smartroute_runbook import load
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.runs.run import Run

BUCKET, DATABASE = "smartroute-data-lake-123456789012", "smartroute_analytics"
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
YMD = (("year", "int"), ("month", "int"), ("day", "int"))
D1, D2 = (2026, 9, 21), (2026, 9, 22)


def body(rows, **options):
    """Columns by name as a Parquet file's bytes."""
    out = io.BytesIO()
    pq.write_table(rows if isinstance(rows, pa.Table) else pa.table(rows), out, compression="snappy", **options)
    return out.getvalue()


def run_over(base, run_id, tables, *, begun=True, **settings):
    """A run that carries these tables, with its second week begun."""
    given = load_parameters("rehearsal", base)["settings"]
    given = {**given, "athena": {"tables": list(tables)}, **settings}
    run = Run.open("rehearsal", run_id, given, base=base)
    return reach(run, 2) if begun else run


def carry(run):
    """Week 2 of a run."""
    do_signed(run, [load.CreateTables()], "week2.tables")
    run.do(load.LoadDays())
    pass_week(run, 2)
    return run


class Lake:
    """One table of a lake, and a run that carries it."""

    def __init__(
        self, base, name, columns, keys=YMD, *, parts=(), others=(), sd=None, parameters=None, run=None, **settings
    ):
        self.name, self.columns, self.keys = name, list(columns), list(keys)
        self.sd, self.parameters = sd or PARQUET, {"classification": "parquet", **(parameters or {})}
        self.run = run or run_over(base, f"lake-{name}", [name, *others], **settings)
        self.glue, self.s3 = self.run.clients.boto("glue"), self.run.clients.boto("s3")
        self.root = f"analytics/{name}"
        self.describe()
        for values, rows in dict(parts).items():
            self.put(values, rows)

    def describe(self):
        """Glue's description of the table, made or changed."""
        sd = {**self.sd, "Columns": [{"Name": n, "Type": t} for n, t in self.columns], "Location": self.address()}
        keys = [{"Name": n, "Type": t} for n, t in self.keys]
        table = {"Name": self.name, "TableType": "EXTERNAL_TABLE", "Parameters": self.parameters,
                 "StorageDescriptor": sd, "PartitionKeys": keys}  # fmt: skip
        try:
            self.glue.update_table(DatabaseName=DATABASE, TableInput=table)
        except self.glue.exceptions.EntityNotFoundException:
            self.glue.create_table(DatabaseName=DATABASE, TableInput=table)
        self.description = sd

    def address(self, folder=""):
        return f"s3://{BUCKET}/{self.root}/{folder}"

    def folder(self, values):
        return "".join(f"{name}={quote(str(v), safe=' -')}/" for (name, _), v in zip(self.keys, values, strict=True))

    def put(self, values, rows, file="a.parquet", *, register=True, folder=None):
        """A file in a partition's folder, registered unless it is."""
        folder = self.folder(values) if folder is None else folder
        data = rows if isinstance(rows, bytes) else body(rows)
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.root}/{folder}{file}", Body=data)
        if register and self.keys and not self.parameters.get("projection.enabled"):
            self.register(values, folder)

    def register(self, values, folder):
        given = {"Values": [str(v) for v in values]}
        place = {**self.description, "Location": self.address(folder)}
        try:
            self.glue.create_partition(
                DatabaseName=DATABASE, TableName=self.name, PartitionInput={**given, "StorageDescriptor": place}
            )
        except self.glue.exceptions.AlreadyExistsException:
            self.glue.update_partition(
                DatabaseName=DATABASE, TableName=self.name, PartitionValueList=given["Values"],
                PartitionInput={**given, "StorageDescriptor": place},
            )  # fmt: skip

    def carry(self):
        """Week 2: tables, load, proof."""
        carry(self.run)
        return self.proof()

    def proof(self):
        return load.prove_table(self.run, self.name)

    def rows(self, columns="*", order="1"):
        with self.run.redshift() as redshift:
            return redshift.query(f'SELECT {columns} FROM "{self.name}" ORDER BY {order}').rows

    def execute(self, sql):
        with self.run.redshift() as redshift:
            redshift.execute(sql)


def world(base):
    """Week 1's cluster, once a stack; every lake here lies in the lake's bucket."""
    given = {**load_parameters("rehearsal", base)["settings"], "athena": {"tables": ["crowding_metrics"]}}
    run = Run.open("rehearsal", "lakes-world", given, base=base)
    prepare_world(run)
