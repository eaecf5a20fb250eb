"""Pieces of SQL that the catalog's views share: the declared relations as a session sees them, their ids and types."""

from __future__ import annotations

__all__ = [
    "COLUMNS", "COLUMN_LIST", "COLUMN_REMARK", "FIRST_OF_PATH", "KEY_OID", "KIND", "OWN", "OWNER_ID", "PEOPLE",
    "PRECISION", "RELATIONS", "SCALE", "SCHEMAS", "SCHEMA_OID", "TABLE_OID", "TABLE_REMARK", "TYPES", "TYPE_OID",
    "TYPMOD",
]  # fmt: skip

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
# PostgreSQL's types: object id, short name, length in bytes (-1: varying), the name that the catalog spells.
TYPES: tuple[tuple[int, str, int, str], ...] = (
    (16, "bool", 1, "boolean"), (18, "char", 1, '"char"'), (19, "name", 128, "name"), (20, "int8", 8, "bigint"),
    (21, "int2", 2, "smallint"), (23, "int4", 4, "integer"), (24, "regproc", 4, "regproc"), (25, "text", -1, "text"),
    (26, "oid", 4, "oid"), (700, "float4", 4, "real"), (701, "float8", 8, "double precision"),
    (705, "unknown", -1, "unknown"), (1042, "bpchar", -1, "character"), (1043, "varchar", -1, "character varying"),
    (1082, "date", 4, "date"), (1083, "time", 8, "time without time zone"),
    (1114, "timestamp", 8, "timestamp without time zone"), (1184, "timestamptz", 8, "timestamp with time zone"),
    (1266, "timetz", 12, "time with time zone"), (1700, "numeric", -1, "numeric"), (2935, "hllsketch", -1, "hllsketch"),
    (3000, "geometry", -1, "geometry"), (3001, "geography", -1, "geography"), (4000, "super", -1, "super"),
    (6551, "varbyte", -1, "binary varying"),
)  # fmt: skip
TYPE_OID = (
    "CASE regexp_replace(type, '\\(.*', '') "
    + " ".join(f"WHEN '{spelled}' THEN {oid}" for oid, _, _, spelled in TYPES)
    + " ELSE 705 END"
)
# Who there is: made with CREATE USER, or the cluster's master, of whom only what he owns and his sessions tell.
PEOPLE = (
    "(SELECT name, id, createdb, superuser FROM _redshift.users UNION ALL SELECT DISTINCT name, 100, true, true FROM "
    "(SELECT owner AS name FROM _redshift.relations UNION SELECT getvariable('user_name') "
    "WHERE getvariable('user_id') = 100) WHERE name NOT IN (SELECT name FROM _redshift.users))"
)
OWNER_ID = "coalesce((SELECT min(u.id) FROM _redshift.users u WHERE u.name = owner), 100)"
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
# What COMMENT ON said of a relation r, of a column c.
_REMARK = (
    "(SELECT min(m.description) FROM _redshift.comments m WHERE m.schema_name = {0}.schema_name "
    "AND m.table_name = {0}.table_name AND m.column_name = {1})"
)
TABLE_REMARK, COLUMN_REMARK = _REMARK.format("r", "''"), _REMARK.format("c", "c.column_name")
