"""Glue's answers where moto lacks them: segments, members that AWS always gives, statistics of columns."""

from __future__ import annotations

import pytest

TABLE = {"DatabaseName": "city", "TableName": "trips"}
STORED = {"Columns": [{"Name": "id", "Type": "bigint"}], "Location": "s3://lake/trips/"}
ALWAYS = {
    "BucketColumns",
    "Columns",
    "Compressed",
    "Location",
    "NumberOfBuckets",
    "SortColumns",
    "StoredAsSubDirectories",
}


@pytest.fixture
def glue(standins):
    client = standins.client("glue")
    client.create_database(DatabaseInput={"Name": "city"})
    keys = [{"Name": "hour", "Type": "int"}]
    client.create_table(
        DatabaseName="city", TableInput={"Name": "trips", "PartitionKeys": keys, "StorageDescriptor": STORED}
    )
    for hour in range(7):
        client.create_partition(**TABLE, PartitionInput={"Values": [str(hour)], "StorageDescriptor": STORED})
    return client


@pytest.mark.parametrize("total", [1, 3, 10])
def test_segments_give_each_partition_once(glue, total):
    parts = [
        glue.get_partitions(**TABLE, Segment={"SegmentNumber": n, "TotalSegments": total})["Partitions"]
        for n in range(total)
    ]
    assert sorted(one["Values"][0] for part in parts for one in part) == list("0123456")


def test_pages_hold_each_partition_once_whatever_goes_between_them(glue):
    read, token = [], {}
    while True:
        page = glue.get_partitions(**TABLE, MaxResults=2, ExcludeColumnSchema=True, **token)
        assert all("Columns" not in one["StorageDescriptor"] for one in page["Partitions"])
        read += [one["Values"][0] for one in page["Partitions"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
        if len(read) == 2:
            glue.delete_partition(**TABLE, PartitionValues=["0"])
    assert read == list("0123456")
    one = glue.get_partitions(**TABLE, Expression="hour = 3")["Partitions"][0]
    assert one["StorageDescriptor"]["Columns"] == STORED["Columns"]
    assert one["CreationTime"] == glue.get_partition(**TABLE, PartitionValues=["3"])["Partition"]["CreationTime"]
    with pytest.raises(glue.exceptions.InvalidInputException, match="NextToken"):
        glue.get_partitions(**TABLE, NextToken="12")


def test_storage_descriptors_are_whole_and_nothing_else_is_made_up(glue):
    wanted = {"PartitionsToGet": [{"Values": ["3"]}]}
    batch = glue.batch_get_partition(**TABLE, **wanted)
    found = [
        glue.get_table(DatabaseName="city", Name="trips")["Table"],
        *glue.get_tables(DatabaseName="city")["TableList"],
        glue.get_partition(**TABLE, PartitionValues=["3"])["Partition"],
        *glue.get_partitions(**TABLE, Expression="hour = 3")["Partitions"],
        *batch["Partitions"],
    ]
    assert [set(one["StorageDescriptor"]) for one in found] == [ALWAYS] * 5
    assert found[0]["StorageDescriptor"]["NumberOfBuckets"] == 0
    assert batch["UnprocessedKeys"] == []


def test_statistics_of_columns_are_kept_by_table_and_by_partition(glue):
    def statistics(smallest):
        numbers = {"MinimumValue": smallest, "MaximumValue": 9, "NumberOfNulls": 0, "NumberOfDistinctValues": 4}
        data = {"Type": "LONG", "LongColumnStatisticsData": numbers}
        return {"ColumnName": "id", "ColumnType": "bigint", "AnalyzedTime": 1_790_000_000, "StatisticsData": data}

    glue.update_column_statistics_for_table(**TABLE, ColumnStatisticsList=[statistics(1)])
    glue.update_column_statistics_for_partition(**TABLE, PartitionValues=["3"], ColumnStatisticsList=[statistics(2)])
    of_table = glue.get_column_statistics_for_table(**TABLE, ColumnNames=["id", "none"])
    of_part = glue.get_column_statistics_for_partition(**TABLE, PartitionValues=["3"], ColumnNames=["id"])
    other = glue.get_column_statistics_for_partition(**TABLE, PartitionValues=["4"], ColumnNames=["id"])
    smallest = [
        one["StatisticsData"]["LongColumnStatisticsData"]["MinimumValue"]
        for answer in (of_table, of_part, other)
        for one in answer["ColumnStatisticsList"]
    ]
    assert smallest == [1, 2]
    glue.delete_column_statistics_for_table(**TABLE, ColumnName="id")
    assert glue.get_column_statistics_for_table(**TABLE, ColumnNames=["id"])["ColumnStatisticsList"] == []
