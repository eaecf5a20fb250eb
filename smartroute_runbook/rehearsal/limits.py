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
    Limit("both engines", "Collation and timestamptz rendering may differ", "Cast to text explicitly, with a format"),
    Limit(
        "Redshift",
        "One process, no slices: DISTKEY, SORTKEY, ENCODE, WLM and concurrency scaling are kept and inert",
        "Keys and queues must be judged on the real cluster",
    ),
    Limit("Redshift", "EXPLAIN shows the shape, without Redshift's costs and DS_ steps", "Read plans on the cluster"),
    Limit(
        "Redshift",
        "Snapshot isolation only; SERIALIZABLE conflicts beyond write-write (1023) do not occur",
        "Retry on 1023 in production, even where a rehearsal never raised it",
    ),
    Limit("Redshift", "SUPER, GEOMETRY, GEOGRAPHY, HLLSKETCH and VARBYTE are absent", "Test such columns on AWS"),
    Limit("Redshift", "COPY reads Parquet, with the options that Parquet allows", "Other formats are not rehearsable"),
    Limit(
        "Redshift",
        "The endpoint is localhost, on any free port, in the whole process's life; the cluster's rows outlive a resize",
        "Network paths, maintenance windows and failover are not rehearsed",
    ),
    Limit("Athena", "Scanned bytes are within a few per cent of Parquet's chunks", "Measure prices on AWS"),
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
        "AWS/Redshift has CPUUtilization (of this process), DatabaseConnections, HealthStatus, QueryDuration,"
        " WLMQueryDuration and QueriesCompletedPerSecond; other metrics are never published",
        "An alarm on another metric stays without data in a rehearsal",
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


def limits() -> tuple[Limit, ...]:
    """Every known infidelity of the stand-ins."""
    return LIMITS
