"""What the stand-ins cannot model, as data: printed by ``rehearsal limits`` and kept in every rehearsal's record."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMITS", "Limit", "limits"]


@dataclass(frozen=True)
class Limit:
    """One known infidelity.

    Attributes:
        area: Athena, Redshift, both engines, S3, control plane, CloudWatch, IAM.
        what: how the stand-in differs from AWS.
        so: what therefore must not be concluded from a rehearsal.
    """

    area: str
    what: str
    so: str


_TIMES = "Never show a rehearsal's times, or ratios of them, as AWS's"

LIMITS = (
    Limit("both engines", "DuckDB runs both engines, on one machine", _TIMES),
    Limit(
        "both engines",
        "Where the two dialects agree, DuckDB agrees with itself",
        "Equal results prove the rewrite and the load, not the engines' own arithmetic; tests/truth says what is known",
    ),
    Limit(
        "both engines",
        "Error texts and SQLSTATEs are approximate where no source documents them",
        "Match on the class of an error, not on its wording",
    ),
    Limit("both engines", "approx_* functions are not AWS's HyperLogLog", "Compare them with a tolerance"),
    Limit(
        "both engines",
        "Regular expressions are RE2's: no look-around, no back-references, POSIX classes by its own rules",
        "Try patterns that are more than a search for words on both engines",
    ),
    Limit("both engines", "Collation and timestamptz rendering may differ", "Cast to text explicitly, with a format"),
    Limit(
        "Redshift",
        "One process, no slices: DISTKEY, SORTKEY, ENCODE, WLM and concurrency scaling are kept and inert",
        "Keys and queues must be judged on the real cluster",
    ),
    Limit(
        "Redshift",
        "queue_time, compile_time and planning_time in SYS_QUERY_HISTORY are always 0; the result cache is exact",
        "Judge first runs, queues and cache hits on the cluster",
    ),
    Limit(
        "Redshift",
        "SYS_QUERY_DETAIL is missing, and stats_off in SVV_TABLE_INFO is always 0",
        "Profile again on the cluster: alerts, spills and stale statistics are found there alone",
    ),
    Limit(
        "Redshift",
        "The logs behind SYS_, STL_ and SVL_ views are the process's and hold its last 20,000 statements",
        "AWS keeps them for seven days, over restarts; copy what the record needs",
    ),
    Limit(
        "Redshift",
        "Where 'a' and 'a ' are one value (UNION, INTERSECT, EXCEPT, grouping sets), it is shown without its trailing"
        " blanks; JOIN ... USING and LISTAGG(DISTINCT) take them for two",
        "Redshift shows one of the values; do not rely on which, and join such texts by ON",
    ),
    Limit(
        "Redshift",
        "A temporary user whom the database does not know may enter, with PUBLIC's rights",
        "AWS refuses it unless AutoCreate is asked for; db groups of a session are not modelled",
    ),
    Limit(
        "Redshift",
        "SHOW statements of the drivers' newer metadata calls, procedures and user-defined functions are absent",
        "The driver asks the system views instead; get_procedures and get_functions are not rehearsable",
    ),
    Limit(
        "Redshift",
        "The catalog shows no privileges in relacl and no functions (pg_proc, information_schema.routines)",
        "Let tools that read them from the catalog look on the cluster",
    ),
    Limit(
        "Athena",
        "TRY gives NULL for the part that fails, where Trino gives it for the whole:"
        " TRY(COALESCE(CAST(x AS integer), 0)) is 0; an overflow of integers within TRY fails",
        "Rehearse such a query with a real Trino (rehearse --trino URL)",
    ),
    Limit("Redshift", "EXPLAIN shows the shape, without Redshift's costs and DS_ steps", "Read plans on the cluster"),
    Limit(
        "Redshift",
        "Snapshot isolation only; SERIALIZABLE conflicts beyond write-write (1023) do not occur",
        "Retry on 1023 in production, even where a rehearsal never raised it",
    ),
    Limit(
        "Redshift",
        "GEOMETRY, GEOGRAPHY and HLLSKETCH are absent; SUPER (read by path and place, its casts to text recalled and"
        " in no page of AWS's) and VARBYTE are without unnesting and most of their functions",
        "Test such columns on AWS",
    ),
    Limit(
        "Redshift",
        "UNIQUE and FOREIGN KEY are accepted and forgotten; a PRIMARY KEY is shown to drivers and never used",
        "Redshift's planner trusts declared keys, which it does not enforce either: keep them true",
    ),
    Limit(
        "Redshift",
        "COPY reads Parquet, with the options that Parquet allows; UNLOAD writes Parquet and CSV, in one file a folder",
        "Other formats are not rehearsable; on AWS each slice writes files of its own",
    ),
    Limit(
        "Redshift",
        "The endpoint is localhost, on any free port, in the whole process's life; the cluster's rows outlive a resize",
        "Network paths, maintenance windows and failover are not rehearsed",
    ),
    Limit(
        "both engines",
        "JSON of nested values has DuckDB's digits, escapes and order of map keys on both sides",
        "Prove one table with nested columns on AWS before the others are loaded",
    ),
    Limit(
        "Athena",
        "Tables over Parquet, ORC, CSV (LazySimpleSerDe, OpenCSVSerde) and JSON are read, Iceberg, Avro, Ion, text by"
        " patterns and bzip2 are not",
        "Test such tables on AWS",
    ),
    Limit("Athena", "Scanned bytes are within a few per cent of Parquet's chunks", "Measure prices on AWS"),
    Limit(
        "Athena",
        "A file is read by row groups: LIMIT stops after one of them, small files are read whole",
        "Bytes of queries with LIMIT, and of many small files, are higher here than on AWS, or lower",
    ),
    Limit(
        "Athena",
        "A timestamp with a zone keeps its zone where the query names it; one from a column of mixed zones is in UTC",
        "Check queries over zones on AWS",
    ),
    Limit("Athena", "Type coercion between Glue and Parquet is looser than Hive's", "Audit schemas by the footers"),
    Limit(
        "Athena",
        "PyAthena's ArrowCursor cannot be used: it gives pyarrow no endpoint",
        "Use the default or the Pandas cursor",
    ),
    Limit(
        "control plane",
        "Clusters take about 1.5 s to create, change, resize and reboot",
        "Real ones take minutes, and elastic resize drops connections",
    ),
    Limit(
        "control plane",
        "Snapshots hold no rows; restored clusters are empty in what they describe",
        "Test restores on AWS",
    ),
    Limit("control plane", "Scheduled actions and snapshot schedules are kept, never fired", "Watch the first on AWS"),
    Limit(
        "control plane",
        "A deleted cluster's tables are still there when a cluster is made again in the same process",
        "Never take a deletion for rehearsed",
    ),
    Limit(
        "CloudWatch",
        "Alarm windows roll and end now; AWS evaluates once a minute and data arrive minutes later",
        "Expect alarms on AWS some minutes after the fact",
    ),
    Limit(
        "CloudWatch",
        "AWS/Redshift has CPUUtilization (of this process), DatabaseConnections, HealthStatus (always 1),"
        " PercentageDiskSpaceUsed (of this disk), QueryDuration, WLMQueueWaitTime (always 0), WLMQueryDuration and"
        " QueriesCompletedPerSecond; other metrics are never published",
        "An alarm on another metric stays without data in a rehearsal, one on queues or health never fires by itself",
    ),
    Limit(
        "CloudWatch",
        "AWS/Athena holds daily sums of the seeded history, without percentiles and without the day it began on",
        "The cross-check of the workload is rehearsed on full days only",
    ),
    Limit(
        "control plane",
        "The Pricing API answers from a price book of a few dated prices; Cost Explorer knows Athena's scans only",
        "Read prices and costs on AWS before the decision",
    ),
    Limit(
        "control plane",
        "Usage limits are kept and never breached",
        "Breach actions are not rehearsed",
    ),
    Limit("control plane", "The rg node types mirror the node ranges of their ra3 sizes", "Ask AWS what it offers"),
    Limit(
        "control plane",
        "GetClusterCredentialsWithIAM names one user, IAM:rehearsal, whoever asks",
        "Mapping of IAM identities to database users is not rehearsed",
    ),
    Limit("control plane", "Account quotas and regional availability are not modelled", "Preflight against AWS"),
    Limit("control plane", "All state ends with the process", "A rehearsal cannot be continued after 'down'"),
    Limit(
        "IAM",
        "Calls are not authorised: any credentials may do anything, network and KMS policies are not enforced",
        "A rehearsal cannot show that a policy suffices; the recorded calls are checked against it instead",
    ),
    Limit(
        "IAM",
        "COPY and UNLOAD check that the role is attached and that its identity policies name the object; conditions are"
        " taken as met, bucket and key policies are not read",
        "Test the role on AWS before the load",
    ),
    Limit("IAM", "PassRole and its conditions are not checked when a role is passed", "Simulate the policy"),
    Limit(
        "IAM",
        "The policy simulator evaluates identity policies with the common condition operators, nothing else; what an"
        " action supports is not known to it",
        "Simulate on AWS before production",
    ),
    Limit("S3", "A bucket's policy, KMS keys and presigned-URL conditions are not enforced", "Preflight on AWS"),
    Limit("S3", "Listings are consistent and lifecycle rules never expire objects", "Watch the results bucket on AWS"),
)


_OF_DUCKDB_ALONE = (
    "DuckDB runs both engines",
    "Where the two dialects agree",
    "Regular expressions are RE2's",
    "JSON of nested values",
    "Tables over Parquet",
    "Scanned bytes are within",
    "A file is read by row groups",
    "A timestamp with a zone keeps its zone",
    "Type coercion between Glue",
)
"""How the limits begin that do not hold, or not on both sides, where Trino executes Athena's statements."""


def _with_trino(version: str) -> tuple[Limit, ...]:
    return (
        Limit("both engines", "Trino and DuckDB run the engines, on one machine", _TIMES),
        Limit(
            "Athena",
            f"Trino {version} executes the queries; Athena's engine is made from Trino, with changes of its own",
            "Equal results are two engines' agreement; what AWS added to Trino is not rehearsed",
        ),
        Limit(
            "Athena",
            "DDL in Hive's grammar, SHOW and DESCRIBE are the stand-in's own; Iceberg tables are not rehearsable",
            "Test such statements on AWS",
        ),
        Limit("Athena", "Scanned bytes are what Trino reports as read from S3", "Measure prices on AWS"),
        Limit("Athena", "Faults of s3-read and s3-list do not reach Trino", "Rehearse them without --trino"),
        Limit(
            "Redshift",
            "Regular expressions are RE2's: no look-around, no back-references, POSIX classes by its own rules",
            "Try patterns that are more than a search for words on Redshift",
        ),
        Limit(
            "Redshift",
            "JSON of nested values has DuckDB's digits, escapes and order of map keys",
            "Prove one table with nested columns on AWS before the others are loaded",
        ),
    )


def limits(trino: str = "") -> tuple[Limit, ...]:
    """Every known infidelity of the stand-ins.

    Args:
        trino: the version of the Trino that executes Athena's statements; without one DuckDB does.
    """
    if not trino:
        return LIMITS
    return _with_trino(trino) + tuple(one for one in LIMITS if not one.what.startswith(_OF_DUCKDB_ALONE))
