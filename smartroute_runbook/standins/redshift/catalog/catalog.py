"""Redshift's catalog views, as DuckDB views over the declared relations."""

from __future__ import annotations

__all__ = ["CATALOG_VIEWS", "catalog_sql"]

# Object ids: stable for a name, positive, 31 bits.
OID = "CAST(hash({0}) % 2147483647 AS BIGINT)"
TABLE_OID = OID.format("schema_name || '.' || table_name")
SCHEMA_OID = OID.format("schema_name")
# The index that a primary key would be: Redshift has none, but its catalog says so.
KEY_OID = OID.format("schema_name || '.' || table_name || '_pkey'")
# A session sees its own temporary tables, never another's.
OWN = "schema_name = 'pg_temp_' || getvariable('backend_pid')"
SEEN = f"WHERE (NOT starts_with(schema_name, 'pg_temp_') OR {OWN})"
RELATIONS = f"(SELECT * FROM _redshift.relations {SEEN})"
COLUMNS = f"(SELECT * FROM _redshift.columns {SEEN})"
SCHEMAS = (
    "(SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database() "
    "AND schema_name NOT IN ('_redshift', 'main') "
    "UNION SELECT unnest(['pg_catalog', 'information_schema', 'pg_internal']))"
)
FIRST_OF_PATH = (
    "(SELECT schema_name FROM (SELECT unnest(path) AS schema_name, generate_subscripts(path, 1) AS place "
    f"FROM (SELECT string_split(getvariable('search_path'), ',') AS path)) JOIN {SCHEMAS} USING (schema_name) "
    "WHERE NOT starts_with(schema_name, 'pg_temp_') ORDER BY place LIMIT 1)"
)
# PostgreSQL's short type names and oids by the long ones.
SHORT = (
    "CASE regexp_replace(type, '\\(.*', '') WHEN 'character varying' THEN 'varchar' WHEN 'character' THEN 'bpchar' "
    "WHEN 'smallint' THEN 'int2' WHEN 'integer' THEN 'int4' WHEN 'bigint' THEN 'int8' WHEN 'real' THEN 'float4' "
    "WHEN 'double precision' THEN 'float8' WHEN 'boolean' THEN 'bool' "
    "WHEN 'timestamp without time zone' THEN 'timestamp' WHEN 'timestamp with time zone' THEN 'timestamptz' "
    "ELSE regexp_replace(type, '\\(.*', '') END"
)
TYPMOD = (
    "CASE WHEN starts_with(type, 'character') THEN length + 4 WHEN starts_with(type, 'numeric') THEN "
    "CAST(regexp_extract(type, '\\((\\d+)', 1) AS INTEGER) * 65536 "
    "+ CAST(regexp_extract(type, ',(\\d+)', 1) AS INTEGER) + 4 ELSE -1 END"
)
PRECISION = (
    "CASE WHEN starts_with(type, 'numeric') THEN CAST(regexp_extract(type, '\\((\\d+)', 1) AS INTEGER) "
    "WHEN type = 'smallint' THEN 16 WHEN type = 'integer' THEN 32 WHEN type = 'bigint' THEN 64 "
    "WHEN type = 'real' THEN 24 WHEN type = 'double precision' THEN 53 END"
)
SCALE = (
    "CASE WHEN starts_with(type, 'numeric') THEN CAST(regexp_extract(type, ',(\\d+)', 1) AS INTEGER) "
    "WHEN type IN ('smallint', 'integer', 'bigint') THEN 0 END"
)
KIND = "CASE kind WHEN 'table' THEN '{0}' ELSE 'VIEW' END"
COLUMN_LIST = (
    "table_schema, table_name, column_name, position AS ordinal_position, default_text AS column_default, "
    "CASE WHEN required THEN 'NO' ELSE 'YES' END AS is_nullable, regexp_replace(type, '\\(.*', '') AS data_type, "
    f"CASE WHEN length > 0 THEN length END AS character_maximum_length, {PRECISION} AS numeric_precision, "
    f"CASE WHEN numeric_precision IS NULL THEN NULL WHEN starts_with(type, 'numeric') THEN 10 ELSE 2 END "
    f"AS numeric_precision_radix, {SCALE} AS numeric_scale, "
    "CASE WHEN starts_with(type, 'timestamp') THEN 6 END AS datetime_precision"
)

CATALOG_VIEWS: dict[str, str] = {
    "svv_all_tables": "SELECT current_database() AS database_name, schema_name, table_name, "
    f"{KIND.format('TABLE')} AS table_type, CAST(NULL AS VARCHAR) AS table_acl, CAST(NULL AS VARCHAR) AS remarks "
    f"FROM {RELATIONS}",
    "svv_redshift_tables": "SELECT current_database() AS database_name, schema_name, table_name, "
    f"{KIND.format('TABLE')} AS table_type, CAST(NULL AS VARCHAR) AS table_acl, CAST(NULL AS VARCHAR) AS remarks "
    f"FROM {RELATIONS}",
    "svv_tables": "SELECT current_database() AS table_catalog, schema_name AS table_schema, table_name, "
    f"{KIND.format('BASE TABLE')} AS table_type, CAST(NULL AS VARCHAR) AS remarks FROM {RELATIONS}",
    "svv_all_columns": "SELECT current_database() AS database_name, schema_name, table_name, column_name, "
    "position AS ordinal_position, default_text AS column_default, CASE WHEN required THEN 'NO' ELSE 'YES' END "
    "AS is_nullable, regexp_replace(type, '\\(.*', '') AS data_type, CASE WHEN length > 0 THEN length END AS "
    f"character_maximum_length, {PRECISION} AS numeric_precision, {SCALE} AS numeric_scale, "
    f"CAST(NULL AS VARCHAR) AS remarks FROM {COLUMNS}",
    "svv_columns": f"SELECT current_database() AS table_catalog, {COLUMN_LIST}, CAST(NULL AS VARCHAR) AS domain_name, "
    f"CAST(NULL AS VARCHAR) AS remarks, CAST(NULL AS INTEGER) AS interval_precision "
    f"FROM (SELECT *, schema_name AS table_schema FROM {COLUMNS})",
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
    "pg_namespace": f"SELECT {SCHEMA_OID} AS oid, schema_name AS nspname, 100 AS nspowner, "
    f"CAST(NULL AS VARCHAR) AS nspacl FROM {SCHEMAS}",
    "pg_class": f"SELECT {TABLE_OID} AS oid, table_name AS relname, {SCHEMA_OID} AS relnamespace, "
    "CASE kind WHEN 'table' THEN 'r' ELSE 'v' END AS relkind, 100 AS relowner, 0 AS reltuples, "
    f"CASE diststyle WHEN 'EVEN' THEN 0 WHEN 'ALL' THEN 8 WHEN 'AUTO' THEN 9 ELSE 1 END AS releffectivediststyle "
    f"FROM {RELATIONS} UNION ALL SELECT DISTINCT {KEY_OID}, table_name || '_pkey', {SCHEMA_OID}, 'i', 100, 0, 0 "
    f"FROM {COLUMNS} WHERE primary_key > 0",
    "pg_attribute": f"SELECT {TABLE_OID} AS attrelid, column_name AS attname, {OID.format(SHORT)} AS atttypid, "
    f"CAST(position AS SMALLINT) AS attnum, {TYPMOD} AS atttypmod, required AS attnotnull, false AS attisdropped, "
    f"default_text IS NOT NULL AS atthasdef FROM {COLUMNS} UNION ALL SELECT {KEY_OID}, column_name, "
    f"{OID.format(SHORT)}, CAST(primary_key AS SMALLINT), {TYPMOD}, required, false, false FROM {COLUMNS} "
    "WHERE primary_key > 0",
    "pg_type": f"SELECT DISTINCT {OID.format(SHORT)} AS oid, {SHORT} AS typname, 'b' AS typtype, false AS typnotnull, "
    f"CAST(0 AS BIGINT) AS typbasetype FROM {COLUMNS}",
    "pg_attrdef": f"SELECT {TABLE_OID} AS adrelid, CAST(position AS SMALLINT) AS adnum, default_text AS adbin, "
    f"default_text AS adsrc FROM {COLUMNS} WHERE default_text IS NOT NULL",
    "pg_description": "SELECT CAST(0 AS BIGINT) AS objoid, CAST(0 AS BIGINT) AS classoid, 0 AS objsubid, "
    "'' AS description WHERE false",
    "pg_index": f"SELECT DISTINCT {KEY_OID} AS indexrelid, {TABLE_OID} AS indrelid, true AS indisprimary "
    f"FROM {COLUMNS} WHERE primary_key > 0",
    "pg_indexes": "SELECT schema_name AS schemaname, table_name AS tablename, table_name || '_pkey' AS indexname, "
    "CAST(NULL AS VARCHAR) AS tablespace, 'CREATE UNIQUE INDEX ' || table_name || '_pkey ON ' || schema_name || '.' "
    "|| table_name || ' USING btree (' || string_agg(column_name, ', ' ORDER BY primary_key) || ')' AS indexdef "
    f"FROM {COLUMNS} WHERE primary_key > 0 GROUP BY schema_name, table_name",
    "pg_database": "SELECT CAST(1 AS BIGINT) AS oid, current_database() AS datname, 100 AS datdba, "
    "true AS datallowconn",
    "pg_user": "SELECT name AS usename, id AS usesysid, createdb AS usecreatedb, superuser AS usesuper, "
    "'********' AS passwd FROM _redshift.users UNION ALL SELECT 'rdsdb', 1, true, true, '********'",
    "pg_user_info": "SELECT name AS usename, id AS usesysid, createdb AS usecreatedb, superuser AS usesuper, "
    "'********' AS passwd FROM _redshift.users",
    "svl_user_info": "SELECT name AS usename, id AS usesysid, createdb AS usecreatedb, superuser AS usesuper, "
    "'UNLIMITED' AS useconnlimit FROM _redshift.users",
    "pg_group": "SELECT g.name AS groname, 100 + row_number() OVER (ORDER BY g.name) AS grosysid, "
    "list(u.id) FILTER (u.id IS NOT NULL) AS grolist "
    "FROM _redshift.groups AS g LEFT JOIN _redshift.users AS u ON u.name = g.member GROUP BY g.name",
    "pg_views": "SELECT schema_name AS schemaname, table_name AS viewname, owner AS viewowner, definition "
    f"FROM {RELATIONS} WHERE kind <> 'table'",
    "pg_tables": "SELECT schema_name AS schemaname, table_name AS tablename, owner AS tableowner "
    f"FROM {RELATIONS} WHERE kind = 'table'",
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
    macros = [
        "CREATE OR REPLACE MACRO _redshift.pg_get_expr(expression, relation) AS expression",
        "CREATE OR REPLACE MACRO _redshift.format_type(kind, modifier) AS CAST(kind AS VARCHAR)",
        "CREATE OR REPLACE MACRO _redshift.current_schemas(implicit) AS string_split(getvariable('search_path'), ',')",
        f"CREATE OR REPLACE MACRO _redshift.current_schema() AS {FIRST_OF_PATH}",
    ]
    return views + macros
