"""How a bucket of the lake is encrypted: a role that reads or writes it needs the key's permission too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["default_key"]


def default_key(run: Run, bucket: str) -> str | None:
    """The ARN of the KMS key that encrypts a bucket by default, or None when S3's own keys do."""
    from botocore.exceptions import ClientError

    try:
        rules = run.clients.boto("s3").get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ServerSideEncryptionConfigurationNotFoundError":
            return None
        raise
    for rule in rules["ServerSideEncryptionConfiguration"]["Rules"]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm", "").startswith("aws:kms") and default.get("KMSMasterKeyID"):
            key = run.clients.boto("kms").describe_key(KeyId=default["KMSMasterKeyID"])
            return str(key["KeyMetadata"]["Arn"])
    return None
