"""Redshift's own catalog views and the information schema, as DuckDB views over the declared relations."""

from __future__ import annotations

from .parts import (
    COLUMN_LIST,
    COLUMN_REMARK,
    COLUMNS,
    KIND,
    OWN,
    PEOPLE,
    PRECISION,
    RELATIONS,
    SCALE,
    SCHEMAS,
    TABLE_REMARK,
)
from .postgres import FUNCTIONS, POSTGRES_VIEWS

__all__ = ["CATALOG_VIEWS", "catalog_sql"]

CATALOG_VIEWS: dict[str, str] = {
    **POSTGRES_VIEWS,
    "svv_all_tables": "SELECT current_database() AS database_name, schema_name, table_name, "
    f"{KIND.format('TABLE')} AS table_type, CAST(NULL AS VARCHAR) AS table_acl, {TABLE_REMARK} AS remarks "
    f"FROM {RELATIONS} r",
    "svv_redshift_tables": "SELECT current_database() AS database_name, schema_name, table_name, "
    f"{KIND.format('TABLE')} AS table_type, CAST(NULL AS VARCHAR) AS table_acl, {TABLE_REMARK} AS remarks "
    f"FROM {RELATIONS} r",
    "svv_tables": "SELECT current_database() AS table_catalog, schema_name AS table_schema, table_name, "
    f"{KIND.format('BASE TABLE')} AS table_type, {TABLE_REMARK} AS remarks FROM {RELATIONS} r",
    "svv_all_columns": "SELECT current_database() AS database_name, schema_name, table_name, column_name, "
    "position AS ordinal_position, default_text AS column_default, CASE WHEN required THEN 'NO' ELSE 'YES' END "
    "AS is_nullable, regexp_replace(type, '\\(.*', '') AS data_type, CASE WHEN length > 0 THEN length END AS "
    f"character_maximum_length, {PRECISION} AS numeric_precision, {SCALE} AS numeric_scale, "
    f"{COLUMN_REMARK} AS remarks FROM {COLUMNS} c",
    "svv_columns": f"SELECT current_database() AS table_catalog, {COLUMN_LIST}, CAST(NULL AS VARCHAR) AS domain_name, "
    f"{COLUMN_REMARK} AS remarks, CAST(NULL AS INTEGER) AS interval_precision "
    f"FROM (SELECT *, schema_name AS table_schema FROM {COLUMNS}) c",
    "svv_all_schemas": "SELECT current_database() AS database_name, schema_name, 100 AS schema_owner, "
    f"'local' AS schema_type, CAST(NULL AS VARCHAR) AS schema_acl, CAST(NULL AS VARCHAR) AS source_database, "
    f"CAST(NULL AS VARCHAR) AS schema_option FROM {SCHEMAS}",
    "svv_external_schemas": "SELECT CAST(0 AS BIGINT) AS esoid, CAST(1 AS SMALLINT) AS eskind, '' AS schemaname, "
    "CAST(0 AS INTEGER) AS esowner, '' AS databasename, '' AS esoptions WHERE false",
    "svv_external_tables": "SELECT '' AS redshift_database_name, '' AS schemaname, '' AS tablename, '' AS tabletype, "
    "'' AS location, '' AS input_format, '' AS parameters WHERE false",
    "svv_external_columns": "SELECT '' AS redshift_database_name, '' AS schemaname, '' AS tablename, '' AS columnname, "
    "'' AS external_type, 0 AS columnnum, 0 AS part_key, '' AS is_nullable WHERE false",
    "pg_table_def": 'SELECT c.schema_name AS schemaname, c.table_name AS tablename, c.column_name AS "column", '
    "c.type, c.encoding, c.distkey, CASE WHEN r.sortstyle = 'INTERLEAVED' AND c.sortkey % 2 = 0 THEN -c.sortkey "
    f'ELSE c.sortkey END AS sortkey, c.required AS "notnull" FROM {COLUMNS} c JOIN {RELATIONS} r '
    f"USING (schema_name, table_name) WHERE (c.{OWN} OR "
    "list_contains(string_split(getvariable('search_path'), ','), c.schema_name)) "
    "ORDER BY c.schema_name, c.table_name, c.position",
    "svl_user_info": "SELECT name AS usename, id AS usesysid, createdb AS usecreatedb, superuser AS usesuper, "
    f"'UNLIMITED' AS useconnlimit FROM {PEOPLE}",
    "svv_relation_privileges": "SELECT schema_name AS namespace_name, object_name AS relation_name, "
    "upper(privilege) AS privilege_type, grantee AS identity_name, grantee_kind AS identity_type, "
    "false AS admin_option FROM _redshift.grants WHERE kind = 'table'",
    "svv_schema_privileges": "SELECT schema_name AS namespace_name, upper(privilege) AS privilege_type, "
    "grantee AS identity_name, grantee_kind AS identity_type, false AS admin_option FROM _redshift.grants "
    "WHERE kind = 'schema'",
    "information_schema_tables": "SELECT current_database() AS table_catalog, schema_name AS table_schema, table_name, "
    f"CASE WHEN {OWN} THEN 'LOCAL TEMPORARY' ELSE {KIND.format('BASE TABLE')} END AS table_type FROM {RELATIONS}",
    "information_schema_columns": f"SELECT current_database() AS table_catalog, {COLUMN_LIST} "
    f"FROM (SELECT *, schema_name AS table_schema FROM {COLUMNS})",
    "information_schema_views": "SELECT current_database() AS table_catalog, schema_name AS table_schema, table_name, "
    f"definition AS view_definition FROM {RELATIONS} WHERE kind <> 'table'",
    "information_schema_schemata": f"SELECT current_database() AS catalog_name, schema_name FROM {SCHEMAS}",
}


def catalog_sql() -> list[str]:
    """The statements that make the views and the functions beside them."""
    views = [f"CREATE OR REPLACE VIEW _redshift.{name} AS {query}" for name, query in CATALOG_VIEWS.items()]
    macros = [f"CREATE OR REPLACE MACRO _redshift.{call} AS {meaning}" for call, meaning in FUNCTIONS.items()]
    return macros + views
