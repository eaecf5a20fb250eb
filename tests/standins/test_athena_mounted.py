"""A table of many files is read from a copy after a while: rows, failures and scanned bytes are those of the files."""

from __future__ import annotations

import io
import threading
from contextlib import ExitStack

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyathena import connect
from pyathena.error import OperationalError

from smartroute_runbook.standins.athena.engine import AthenaStandIn
from smartroute_runbook.standins.athena.storage import mounted
from smartroute_runbook.standins.athena.storage.catalog import PARQUET
from smartroute_runbook.standins.process import exported
from smartroute_runbook.standins.stack import StandIns

FILES = 12
COUNT = "SELECT COUNT(*), SUM(n), MIN(word), MAX(day) FROM t"
ROWS = (FILES, sum(range(FILES)), "w0", f"{FILES - 1:02}")


class Lake:
    """A table of a file a day."""

    def __init__(self, aws, stand_in, opened):
        self.objects, self.stand_in, self.opened = aws.objects, stand_in, opened
        session = boto3.Session(region_name="us-east-1")
        self.glue, athena = session.client("glue"), session.client("athena")
        for client in (self.glue, athena):
            opened.callback(client.close)
        output = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
        athena.create_work_group(Name="main", Configuration=output)
        self.glue.create_database(DatabaseInput={"Name": "db"})
        columns = [{"Name": "n", "Type": "bigint"}, {"Name": "word", "Type": "string"}]
        self.descriptor = {**PARQUET, "Columns": columns, "Location": "s3://lake/t/"}
        self.table = {"Name": "t", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": self.descriptor,
                      "PartitionKeys": [{"Name": "day", "Type": "string"}]}  # fmt: skip
        self.glue.create_table(DatabaseName="db", TableInput=self.table)
        for n in range(FILES):
            self.put(n, n)
            self.register(n)
        self.connection = opened.enter_context(self.client())

    def client(self):
        return connect(work_group="main", schema_name="db", region_name="us-east-1", poll_interval=0.01)

    def put(self, day, n, name="a.parquet", word=None, bucket="lake"):
        body = io.BytesIO()
        pq.write_table(pa.table({"n": [n], "word": [f"w{n}" if word is None else word]}), body)
        self.objects.put(bucket, f"t/day={day:02}/{name}", body.getvalue())

    def register(self, day):
        place = {**self.descriptor, "Location": f"s3://lake/t/day={day:02}/"}
        of = {"DatabaseName": "db", "TableName": "t"}
        self.glue.create_partition(**of, PartitionInput={"Values": [f"{day:02}"], "StorageDescriptor": place})

    def ask(self, sql=COUNT, times=3):
        """What a query answers and scans each time; from the third on it reads a copy."""
        cursor = self.connection.cursor()
        answers = [(cursor.execute(sql).fetchall(), cursor.data_scanned_in_bytes) for _ in range(times)]
        assert [answer == answers[0] for answer in answers] == [True] * times, answers
        return answers[0][0]

    def copies(self):
        found = self.stand_in._duckdb.execute(
            "SELECT COUNT(*) FROM duckdb_tables() WHERE schema_name = ?", [mounted.SCHEMA]
        )
        return found.fetchone()[0]


@pytest.fixture
def lake():
    with StandIns(("lake", "results")) as aws, ExitStack() as opened:
        aws.plane.athena = stand_in = AthenaStandIn(aws.objects, workers=4)
        opened.callback(stand_in.close)
        opened.enter_context(exported(aws.environ))
        yield Lake(aws, stand_in, opened)


def test_each_change_of_the_lake_is_seen_at_once(lake):
    assert lake.ask() == [ROWS]
    assert lake.copies() == 1
    lake.put(3, 1003)  # another content
    assert lake.ask() == [(FILES, ROWS[1] + 1000, "w0", "11")]
    lake.put(3, 3)  # and the first one again: the same ETag
    assert lake.ask() == [ROWS]
    lake.put(3, 100, "b.parquet")
    assert lake.ask() == [(FILES + 1, ROWS[1] + 100, "w0", "11")]
    lake.objects.delete("lake", "t/day=03/b.parquet")
    assert lake.ask() == [ROWS]
    lake.put(50, 0)
    assert lake.ask() == [ROWS]  # it is not registered
    lake.register(50)
    assert lake.ask() == [(FILES + 1, ROWS[1], "w0", "50")]
    lake.glue.delete_partition(DatabaseName="db", TableName="t", PartitionValues=["50"])
    assert lake.ask() == [ROWS]
    lake.ask("SELECT COUNT(*) FROM t")
    assert lake.copies() == 1  # those of older states are gone


def test_a_change_in_another_bucket_or_version_is_seen_at_once(lake):
    s3 = boto3.Session(region_name="us-east-1").client("s3")
    lake.opened.callback(s3.close)
    s3.create_bucket(Bucket="elsewhere")
    s3.put_bucket_versioning(Bucket="elsewhere", VersioningConfiguration={"Status": "Enabled"})
    assert lake.ask() == [ROWS]
    place = {**lake.descriptor, "Location": "s3://elsewhere/"}
    of = {"DatabaseName": "db", "TableName": "t", "PartitionValueList": ["03"]}
    lake.glue.update_partition(**of, PartitionInput={"Values": ["03"], "StorageDescriptor": place})
    without = [(FILES - 1, ROWS[1] - 3, "w0", "11")]
    assert lake.ask() == without
    for n in (1003, 2003):
        lake.put(3, n, bucket="elsewhere")
        assert lake.ask() == [(FILES, ROWS[1] - 3 + n, "w0", "11")]
    s3.delete_object(Bucket="elsewhere", Key="t/day=03/a.parquet")
    assert lake.ask() == without
    lake.objects.clear()
    assert lake.ask() == without


def test_a_table_whose_files_all_lie_in_other_buckets_is_read_with_their_addresses(lake):
    s3 = boto3.Session(region_name="us-east-1").client("s3")
    lake.opened.callback(s3.close)
    for day in range(FILES):
        bucket = f"moved-{'x' * day}"
        s3.create_bucket(Bucket=bucket)
        lake.put(day, day, bucket=bucket)
        place = {**lake.descriptor, "Location": f"s3://{bucket}/t/day={day:02}/"}
        of = {"DatabaseName": "db", "TableName": "t", "PartitionValueList": [f"{day:02}"]}
        lake.glue.update_partition(**of, PartitionInput={"Values": [f"{day:02}"], "StorageDescriptor": place})
    assert lake.ask() == [ROWS]
    wanted = [(day, f"s3://moved-{'x' * day}/t/day={day:02}/a.parquet") for day in range(FILES)]
    assert lake.ask('SELECT n, "$path" FROM t ORDER BY n') == wanted


def test_a_change_of_the_table_is_seen_at_once(lake):
    assert lake.ask("SELECT n / 2 FROM t WHERE day = '03'") == [(1,)]
    columns = [{"Name": "n", "Type": "double"}, {"Name": "word", "Type": "varchar(1)"}]
    lake.glue.update_table(
        DatabaseName="db", TableInput={**lake.table, "StorageDescriptor": {**lake.descriptor, "Columns": columns}}
    )
    with pytest.raises(OperationalError, match="incompatible"):
        lake.ask("SELECT n / 2 FROM t WHERE day = '03'", times=1)
    assert lake.ask("SELECT word FROM t WHERE day = '03'") == [("w",)]


def test_a_text_asked_again_means_what_its_names_mean_now(lake):
    through_views = "SELECT x FROM outer_view ORDER BY x LIMIT 2"
    lake.ask("CREATE VIEW inner_view AS SELECT n AS x, word FROM t", times=1)
    lake.ask("CREATE VIEW outer_view AS SELECT x FROM inner_view", times=1)
    assert lake.ask(through_views) == [(0,), (1,)]
    lake.ask("CREATE OR REPLACE VIEW inner_view AS SELECT n * 10 AS x FROM t WHERE n > 3", times=1)
    assert lake.ask(through_views) == [(40,), (50,)]
    lake.ask("DROP VIEW inner_view", times=1)
    with pytest.raises(OperationalError, match="inner_view' does not exist"):
        lake.ask(through_views, times=1)
    listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'db' ORDER BY 1"
    assert lake.ask(listed) == [("outer_view",), ("t",)]
    lake.ask("DROP VIEW outer_view", times=1)
    assert lake.ask(listed) == [("t",)]


def test_a_bad_file_fails_the_queries_that_read_it_and_no_other(lake):
    body = io.BytesIO()
    pq.write_table(pa.table({"n": ["no number"], "word": ["w"]}), body)
    lake.objects.put("lake", "t/day=05/a.parquet", body.getvalue())
    for _ in range(4):
        with pytest.raises(OperationalError, match="HIVE_BAD_DATA"):
            lake.ask("SELECT SUM(n) FROM t", times=1)
        with pytest.raises(OperationalError, match=r"^HIVE_BAD_DATA: Field n's type VARCHAR"):
            lake.ask("UNLOAD (SELECT n FROM t) TO 's3://lake/unloaded/' WITH (format = 'PARQUET')", times=1)
        assert lake.ask("SELECT COUNT(word) FROM t") == [(FILES,)]
        assert lake.ask("SELECT SUM(n) FROM t WHERE day = '04'") == [(4,)]
    assert lake.copies() == 0


def test_few_files_or_many_rows_are_not_copied(lake, monkeypatch):
    monkeypatch.setattr(mounted, "MOST_ROWS", FILES - 1)
    assert lake.ask() == [ROWS]
    assert lake.copies() == 0
    lake.put(3, 3, word="x")
    monkeypatch.setattr(mounted, "MOST_ROWS", FILES)
    monkeypatch.setattr(mounted, "FEWEST_FILES", FILES + 1)
    assert lake.ask()[0][:2] == ROWS[:2]
    assert lake.copies() == 0


def test_queries_beside_a_lake_that_changes(lake):
    """Each answer is of one state of the lake, and none fails."""
    answers, failures = [], []

    def ask():
        try:
            with lake.client() as connection:
                answers.extend(connection.cursor().execute(COUNT).fetchone()[:2] for _ in range(15))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    states = {ROWS[:2]}
    for n in range(1, 20):
        lake.put(3, 3 + n * 1000)
        states.add((FILES, ROWS[1] + n * 1000))
    for thread in threads:
        thread.join()
    assert not failures
    assert set(answers) <= states
    assert lake.ask() == [(FILES, ROWS[1] + 19_000, "w0", "11")]
