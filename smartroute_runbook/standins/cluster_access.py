"""Who may connect to the Redshift database, and which roles may read and write S3, by its cluster."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.redshift import redshift_backends

from .account import ACCOUNT, REGION
from .api.operations import ControlPlane
from .redshift.errors import SqlError
from .services.iam_policy import s3_access_check
from .services.redshift.clusters import managed_credentials
from .services.redshift.parameter_groups import wlm_of

__all__ = ["ClusterAccess"]

_UNAVAILABLE = ("creating", "paused", "pausing", "rebooting", "resuming")


class ClusterAccess:
    """The answers that a Redshift server needs.

    Args:
        plane: knows the temporary users.
        cluster: the cluster's identifier; None where the database belongs to no cluster.
        user: the stand-in's own user, who may always connect.
        password: that user's.
    """

    def __init__(self, plane: ControlPlane, cluster: str | None, user: str, password: str) -> None:
        self._plane, self._cluster, self._user, self._password = plane, cluster, user, password

    def authenticate(self, user: str, password: str, _database: str) -> bool:
        """Whether a user and password may connect: the own user always, master and temporary users of the cluster.

        Raises:
            SqlError: 57P03, the cluster accepts no connections now.
        """
        cluster = self._managed()
        if cluster is not None and cluster.status in _UNAVAILABLE:
            raise SqlError("57P03", f"the cluster is {cluster.status}")
        if user == self._user:
            return hmac.compare_digest(password, self._password)
        master = managed_credentials(ACCOUNT, REGION, self._cluster) if self._cluster else None
        if master is None:
            return False
        known, expires = self._plane.temporary.get(user, ("", datetime.max.replace(tzinfo=UTC)))
        expected = master[1] if user == master[0] else known
        return bool(expected) and datetime.now(UTC) < expires and hmac.compare_digest(password, expected)

    def is_master(self, user: str) -> bool:
        """Whether a name that CREATE USER never made is a superuser's."""
        cluster = self._managed()
        names = () if cluster is None else tuple(prefix + cluster.master_username for prefix in ("", "IAM:", "IAMA:"))
        return user in (self._user, *names)

    def wlm(self) -> str:
        """The WLM configuration of the cluster's parameter group."""
        cluster = self._managed()
        groups = redshift_backends[ACCOUNT][REGION].parameter_groups
        group = groups.get(cluster.cluster_parameter_group_name[0]) if cluster is not None else None
        return wlm_of(group) if group is not None else "[]"

    def s3_check(self, action: str) -> Callable[[str, str, str, str], str | None]:
        """A check of (role, bucket, key, database user): None, or why ``action`` is denied."""
        return s3_access_check(action, self._cluster) if self._cluster else lambda _role, _bucket, _key, _user: None

    def _managed(self) -> Any:
        return redshift_backends[ACCOUNT][REGION].clusters.get(self._cluster) if self._cluster else None
