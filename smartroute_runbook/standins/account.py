"""The AWS account and region of the stand-ins."""

from __future__ import annotations

from typing import Final

__all__ = ["ACCOUNT", "REGION"]

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
