"""Names of the catalog that are not stood in for: those that Redshift lacks, and those that only the stand-in lacks."""

from __future__ import annotations

from smartroute_runbook.standins.redshift.errors import SqlError

__all__ = ["LATER_FUNCTIONS", "absent"]

LATER = frozenset(
    """authid auth_members available_extensions collation cursors db_role_setting default_acl_pg enum event_trigger
    extension file_settings foreign_data_wrapper foreign_server foreign_table hba_file_rules init_privs matviews
    opfamily partitioned_table pltemplate policies policy prepared_statements prepared_xacts publication
    publication_rel publication_tables range replication_origin replication_slots roles seclabel seclabels sequence
    sequences shdepend shdescription shseclabel stat_replication stat_subscription statistic_ext subscription
    subscription_rel timezone_abbrevs timezone_names transform ts_config ts_config_map ts_dict ts_parser ts_template
    user_mapping user_mappings""".split()  # noqa: SIM905  a wall of words reads better than a wall of quotes
)
"""Relations (``pg_`` before each) of PostgreSQL after 8.0, which Redshift was made from."""
POSTGRES = frozenset(
    """aggregate am amop amproc cast conversion language largeobject listener locks opclass operator proc rules
    shadow stat_activity stat_all_indexes stat_all_tables stat_database stat_user_tables statistic
    statistic_indicator stats tablespace proc_info attribute_info external_schema library default_acl database_info
    attribute_acl bar_state conf""".split()  # noqa: SIM905
)
"""Relations (``pg_`` before each) of PostgreSQL 8.0 and of Redshift."""
_LATER_FUNCTIONS = """get_function_result get_function_arguments get_function_identity_arguments get_functiondef
    get_keywords get_partkeydef get_partition_constraintdef get_statisticsobjdef get_statisticsobjdef_columns
    collation_is_visible opfamily_is_visible ts_config_is_visible ts_dict_is_visible ts_parser_is_visible
    ts_template_is_visible statistics_obj_is_visible relation_is_publishable relation_size total_relation_size
    table_size indexes_size database_size tablespace_size size_pretty sleep advisory_lock advisory_unlock
    advisory_unlock_all advisory_xact_lock try_advisory_lock is_in_recovery blocking_pids describe_object
    identify_object sequence_parameters options_to_table char_to_role current_wal_lsn notification_queue_usage
    listening_channels typeof"""
LATER_FUNCTIONS = frozenset(f"PG_{name.upper()}" for name in _LATER_FUNCTIONS.split())
"""Functions of PostgreSQL after 8.0."""
OF_REDSHIFT = ("svv_", "svl_", "svcs_", "stl_", "stv_", "sys_")


def absent(parts: tuple[str, ...]) -> SqlError | None:
    """Why a relation of the catalog cannot be read; None for what is no name of the catalog."""
    schema, name = parts[-2] if len(parts) > 1 else "", parts[-1]
    missing = SqlError("42P01", f'relation "{".".join(parts)}" does not exist')
    unknown = SqlError("0A000", f"not rehearsable: relation {'.'.join(parts)}")
    if schema == "information_schema":
        return unknown
    if schema not in {"", "pg_catalog"}:
        return None
    if name.startswith(OF_REDSHIFT) or (name.startswith("pg_") and name.removeprefix("pg_") in POSTGRES):
        return unknown
    later = name.startswith("pg_") and name.removeprefix("pg_") in LATER
    return missing if later or schema == "pg_catalog" else None
