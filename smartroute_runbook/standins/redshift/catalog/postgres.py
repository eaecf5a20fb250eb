"""The catalog that Redshift inherits from PostgreSQL 8.0, with Redshift's columns beside it, and its functions.

Columns as ``PG_CLASS_INFO`` and PostgreSQL's manual list them (8.0, 42): psql, JDBC and SQLAlchemy read these.
"""

from __future__ import annotations

from .parts import (
    COLUMNS,
    FIRST_OF_PATH,
    KEY_OID,
    OWNER_ID,
    PEOPLE,
    RELATIONS,
    SCHEMA_OID,
    SCHEMAS,
    TABLE_OID,
    TYPE_OID,
    TYPES,
    TYPMOD,
)

__all__ = ["FUNCTIONS", "POSTGRES_VIEWS"]

NO_TEXT, NO_ID = "CAST(NULL AS VARCHAR)", "CAST(0 AS BIGINT)"
_TYPE_ROWS = ", ".join(f"({oid}, '{name}', {size}, '{spelled}')" for oid, name, size, spelled in TYPES)
TYPE_TABLE = f"(SELECT * FROM (VALUES {_TYPE_ROWS}) AS types(oid, name, size, spelled))"
ENCODINGS = (
    "none",
    "bytedict",
    "delta",
    "delta32k",
    "lzo",
    "mostly8",
    "mostly16",
    "mostly32",
    "runlength",
    "text255",
    "text32k",
    "zstd",
    "az64",
)  # fmt: skip  (c_Compression_encodings; the numbers behind the names are this catalog's own)
SYSTEM_SCHEMAS = "('pg_catalog', 'information_schema', 'pg_internal')"
KEYED = f"(SELECT DISTINCT schema_name, table_name FROM {COLUMNS} WHERE primary_key > 0)"
HAS_KEY = f"EXISTS (SELECT 1 FROM {KEYED} k WHERE k.schema_name = r.schema_name AND k.table_name = r.table_name)"
PATH = "string_split(getvariable('search_path'), ',')"
IN_PATH = f"list_contains({PATH}, schema_name)"
KEYS_OF = "list(CAST({0} AS SMALLINT) ORDER BY primary_key)"

_CLASS = (
    f"SELECT {TABLE_OID} AS oid, table_name AS relname, {SCHEMA_OID} AS relnamespace, {NO_ID} AS reltype, "
    f"{OWNER_ID} AS relowner, {NO_ID} AS relam, {TABLE_OID} AS relfilenode, {NO_ID} AS reltablespace, 0 AS relpages, "
    f"CAST(0.001 AS FLOAT) AS reltuples, {HAS_KEY} AS relhasindex, false AS relisshared, CASE kind WHEN 'table' "
    f"THEN 'r' ELSE 'v' END "
    f"AS relkind, CAST((SELECT count(*) FROM {COLUMNS} c WHERE c.schema_name = r.schema_name AND c.table_name = "
    "r.table_name) AS SMALLINT) AS relnatts, CAST(CASE WHEN diststyle = 'EVEN' THEN 0 WHEN diststyle = 'ALL' THEN 8 "
    "WHEN diststyle = 'AUTO' THEN 9 ELSE 1 END AS SMALLINT) AS reldiststyle, CAST(0 AS SMALLINT) AS relchecks, "
    "CAST(0 AS SMALLINT) AS reltriggers, CAST(0 AS SMALLINT) AS relukeys, CAST(0 AS SMALLINT) AS relfkeys, "
    "CAST(0 AS SMALLINT) AS relrefs, false AS relhasoids, "
    f"{HAS_KEY} AS relhaspkey, kind <> 'table' AS relhasrules, false AS relhassubclass, {NO_TEXT} AS relacl "
    f"FROM {RELATIONS} r"
)
_INDEX = (
    f"SELECT {KEY_OID}, table_name || '_pkey', {SCHEMA_OID}, {NO_ID}, 100, {NO_ID}, {KEY_OID}, {NO_ID}, 0, "
    "CAST(0 AS FLOAT), false, false, 'i', CAST(count(*) AS SMALLINT), "
    + "CAST(0 AS SMALLINT), " * 6
    + f"false, false, false, false, {NO_TEXT} FROM {COLUMNS} WHERE primary_key > 0 GROUP BY schema_name, table_name"
)
_ATTRIBUTE = (
    "SELECT {0} AS attrelid, column_name AS attname, {1} AS atttypid, -1 AS attstattarget, "
    "CAST(size AS SMALLINT) AS attlen, "
    "CAST({2} AS SMALLINT) AS attnum, 0 AS attndims, -1 AS attcacheoff, {3} AS atttypmod, size BETWEEN 1 AND 8 "
    "AS attbyval, 'p' AS attstorage, 'i' AS attalign, required AS attnotnull, {4} AS atthasdef, false AS attisdropped, "
    "true AS attislocal, 0 AS attinhcount, distkey AS attisdistkey, false AS attispreloaded, sortkey AS attsortkeyord, "
    f"CAST(list_position({list(ENCODINGS)}, encoding) - 1 AS SMALLINT) AS attencodingtype, CAST(0 AS SMALLINT) "
    f"AS attencrypttype "
    f"FROM (SELECT c.*, t.size FROM {COLUMNS} c LEFT JOIN {TYPE_TABLE} t ON t.oid = {TYPE_OID})"
)

POSTGRES_VIEWS: dict[str, str] = {
    "pg_namespace": f"SELECT {SCHEMA_OID} AS oid, schema_name AS nspname, CASE WHEN schema_name IN {SYSTEM_SCHEMAS} "
    f"THEN 1 ELSE 100 END AS nspowner, {NO_TEXT} AS nspacl FROM {SCHEMAS}",
    "pg_class": f"{_CLASS} UNION ALL {_INDEX}",
    "pg_class_info": "SELECT *, CASE reldiststyle WHEN 9 THEN 10 ELSE reldiststyle END AS releffectivediststyle, "
    f"CAST(NULL AS TIMESTAMP) AS relcreationtime FROM ({_CLASS} UNION ALL {_INDEX})",
    "pg_attribute": _ATTRIBUTE.format(TABLE_OID, TYPE_OID, "position", TYPMOD, "default_text IS NOT NULL")
    + " UNION ALL "
    + _ATTRIBUTE.format(KEY_OID, TYPE_OID, "primary_key", TYPMOD, "false")
    + " WHERE primary_key > 0",
    "pg_type": f"SELECT CAST(oid AS BIGINT) AS oid, name AS typname, {SCHEMA_OID.format()} AS typnamespace, "
    "1 AS typowner, CAST(size AS SMALLINT) AS typlen, size BETWEEN 1 AND 8 AS typbyval, 'b' AS typtype, "
    f"true AS typisdefined, ',' AS typdelim, {NO_ID} AS typrelid, {NO_ID} AS typelem, name || 'in' AS typinput, "
    "name || 'out' AS typoutput, name || 'recv' AS typreceive, name || 'send' AS typsend, '-' AS typanalyze, "
    f"'i' AS typalign, 'p' AS typstorage, false AS typnotnull, {NO_ID} AS typbasetype, -1 AS typtypmod, 0 AS typndims, "
    f"{NO_TEXT} AS typdefaultbin, {NO_TEXT} AS typdefault FROM (SELECT *, 'pg_catalog' AS schema_name "
    f"FROM {TYPE_TABLE})",
    "pg_attrdef": f"SELECT {TABLE_OID} AS adrelid, CAST(position AS SMALLINT) AS adnum, default_text AS adbin, "
    f"default_text AS adsrc FROM {COLUMNS} WHERE default_text IS NOT NULL",
    "pg_description": "SELECT CASE table_name WHEN '' THEN "
    f"{SCHEMA_OID} ELSE {TABLE_OID} END AS objoid, CAST(CASE table_name WHEN '' THEN 2615 ELSE 1259 END AS BIGINT) "
    "AS classoid, coalesce((SELECT min(c.position) FROM _redshift.columns c WHERE c.schema_name = m.schema_name "
    "AND c.table_name = m.table_name AND c.column_name = m.column_name), 0) AS objsubid, description "
    "FROM _redshift.comments m",
    "pg_inherits": f"SELECT {NO_ID} AS inhrelid, {NO_ID} AS inhparent, 0 AS inhseqno WHERE false",
    "pg_trigger": f"SELECT {NO_ID} AS oid, {NO_ID} AS tgrelid, '' AS tgname WHERE false",
    "pg_index": f"SELECT {KEY_OID} AS indexrelid, {TABLE_OID} AS indrelid, {KEYS_OF.format('position')} AS indkey, "
    "CAST(count(*) AS SMALLINT) AS indnatts, true AS indisunique, true AS indisprimary, false AS indisclustered, "
    f"{NO_TEXT} AS indexprs, {NO_TEXT} AS indpred FROM {COLUMNS} WHERE primary_key > 0 "
    "GROUP BY schema_name, table_name",
    "pg_constraint": f"SELECT {KEY_OID} AS oid, table_name || '_pkey' AS conname, {SCHEMA_OID} AS connamespace, "
    f"'p' AS contype, false AS condeferrable, false AS condeferred, {TABLE_OID} AS conrelid, {NO_ID} AS contypid, "
    f"{NO_ID} AS confrelid, ' ' AS confupdtype, ' ' AS confdeltype, ' ' AS confmatchtype, "
    f"{KEYS_OF.format('position')} AS conkey, CAST(NULL AS SMALLINT[]) AS confkey, {NO_TEXT} AS conbin, "
    f"{NO_TEXT} AS consrc FROM {COLUMNS} WHERE primary_key > 0 GROUP BY schema_name, table_name",
    "pg_indexes": "SELECT schema_name AS schemaname, table_name AS tablename, table_name || '_pkey' AS indexname, "
    f"{NO_TEXT} AS tablespace, 'CREATE UNIQUE INDEX ' || table_name || '_pkey ON ' || schema_name || '.' "
    "|| table_name || ' USING btree (' || string_agg(column_name, ', ' ORDER BY primary_key) || ')' AS indexdef "
    f"FROM {COLUMNS} WHERE primary_key > 0 GROUP BY schema_name, table_name",
    "pg_database": "SELECT CAST(1 AS BIGINT) AS oid, current_database() AS datname, 100 AS datdba, 6 AS encoding, "
    f"false AS datistemplate, true AS datallowconn, {NO_ID} AS datlastsysoid, {NO_ID} AS dattablespace, "
    f"{NO_TEXT} AS datconfig, {NO_TEXT} AS datacl",
    "pg_user": "SELECT name AS usename, id AS usesysid, createdb AS usecreatedb, superuser AS usesuper, "
    f"superuser AS usecatupd, '********' AS passwd, CAST(NULL AS TIMESTAMP) AS valuntil, {NO_TEXT} AS useconfig "
    f"FROM (SELECT * FROM {PEOPLE} UNION ALL SELECT 'rdsdb', 1, true, true)",
    "pg_user_info": "SELECT name AS usename, id AS usesysid, createdb AS usecreatedb, superuser AS usesuper, "
    f"superuser AS usecatupd, '********' AS passwd, CAST(NULL AS TIMESTAMP) AS valuntil, {NO_TEXT} AS useconfig, "
    f"'UNLIMITED' AS useconnlimit FROM {PEOPLE}",
    "pg_group": "SELECT g.name AS groname, 100 + row_number() OVER (ORDER BY g.name) AS grosysid, "
    "list(u.id) FILTER (u.id IS NOT NULL) AS grolist "
    "FROM _redshift.groups AS g LEFT JOIN _redshift.users AS u ON u.name = g.member GROUP BY g.name",
    "pg_views": "SELECT schema_name AS schemaname, table_name AS viewname, owner AS viewowner, definition "
    f"FROM {RELATIONS} WHERE kind <> 'table'",
    "pg_tables": f"SELECT schema_name AS schemaname, table_name AS tablename, owner AS tableowner, {NO_TEXT} AS "
    f"tablespace, {HAS_KEY} AS hasindexes, false AS hasrules, false AS hastriggers FROM {RELATIONS} r WHERE "
    f"kind = 'table'",
}

_MODIFIED = (
    "CASE WHEN kind IN (1042, 1043) AND modifier > 4 THEN '(' || (modifier - 4) || ')' WHEN kind = 1700 AND modifier "
    "> 4 THEN '(' || ((modifier - 4) // 65536) || ',' || ((modifier - 4) % 65536) || ')' ELSE '' END"
)
_DESCRIBED = (
    "(SELECT min(d.description) FROM (SELECT CASE table_name WHEN '' THEN "
    f"{SCHEMA_OID} ELSE {TABLE_OID} END AS objoid, coalesce((SELECT min(c.position) FROM _redshift.columns c WHERE "
    "c.schema_name = m.schema_name AND c.table_name = m.table_name AND c.column_name = m.column_name), 0) AS number_, "
    "description FROM _redshift.comments m) d WHERE d.objoid = {0} AND d.number_ = {1})"
)
FUNCTIONS: dict[str, str] = {
    "pg_get_expr(expression, relation)": "expression",
    "format_type(kind, modifier)": f"(SELECT spelled FROM {TYPE_TABLE} WHERE oid = kind) || {_MODIFIED}",
    "current_schemas(implicit)": "CASE WHEN implicit THEN ['pg_catalog'] ELSE [] END || (SELECT list(p.schema_name) "
    f"FROM (SELECT unnest({PATH}) AS schema_name) p JOIN {SCHEMAS} s USING (schema_name) "
    "WHERE NOT starts_with(p.schema_name, 'pg_temp_'))",
    "current_schema()": FIRST_OF_PATH,
    "pg_get_userbyid(person)": f"coalesce((SELECT min(name) FROM (SELECT name, id FROM {PEOPLE} "
    "UNION ALL SELECT 'rdsdb', 1) WHERE id = person), 'unknown (OID=' || person || ')')",
    "pg_table_is_visible(relation)": f"relation IN (SELECT {TABLE_OID} FROM {RELATIONS} WHERE {IN_PATH}) "
    f"OR relation IN (SELECT {KEY_OID} FROM {COLUMNS} WHERE {IN_PATH})",
    "pg_type_is_visible(kind)": f"kind IN (SELECT oid FROM {TYPE_TABLE})",
    "pg_encoding_to_char(number)": "CASE number WHEN 6 THEN 'UNICODE' ELSE '' END",
    "obj_description(object)": _DESCRIBED.format("object", 0),
    "col_description(object, number)": _DESCRIBED.format("object", "number"),
    "pg_get_viewdef(view)": f"(SELECT definition FROM {RELATIONS} WHERE kind <> 'table' AND {TABLE_OID} = view)",
    "pg_get_ruledef(rule)": "(SELECT 'CREATE RULE \"_RETURN\" AS ON SELECT TO ' || table_name || ' DO INSTEAD ' "
    f"|| definition FROM {RELATIONS} WHERE kind <> 'table' AND {TABLE_OID} = rule)",
    "pg_get_triggerdef(trigger)": NO_TEXT,
    "pg_get_indexdef(key)": "(SELECT 'CREATE UNIQUE INDEX ' || table_name || '_pkey ON ' || schema_name || '.' || "
    f"table_name || ' USING btree (' || string_agg(column_name, ', ' ORDER BY primary_key) || ')' FROM {COLUMNS} "
    f"WHERE primary_key > 0 AND {KEY_OID} = key GROUP BY schema_name, table_name)",
    "pg_get_constraintdef(key)": "(SELECT 'PRIMARY KEY (' || string_agg(column_name, ', ' ORDER BY primary_key) || ')' "
    f"FROM {COLUMNS} WHERE primary_key > 0 AND {KEY_OID} = key)",
    "relation_name(relation)": f"(SELECT CASE WHEN {IN_PATH} THEN table_name ELSE schema_name || '.' || table_name END "
    f"FROM {RELATIONS} WHERE {TABLE_OID} = relation)",
    "relation_id(spelled)": f"(SELECT coalesce(min({TABLE_OID}), error('[[42P01]] relation \"' || spelled || "
    f"'\" does not exist')) FROM {RELATIONS} WHERE schema_name || '.' || table_name = spelled "
    f"OR table_name = spelled AND {IN_PATH})",
    "quote_ident(word)": "CASE WHEN regexp_full_match(word, '[a-z_][a-z0-9_$]*') THEN word ELSE '\"' || "
    "replace(word, '\"', '\"\"') || '\"' END",
    "format_encoding(number)": f"{list(ENCODINGS)}[number + 1]",
    "array_upper(list, dimension)": "CASE dimension WHEN 1 THEN nullif(len(list), 0) END",
    "array_lower(list, dimension)": "CASE WHEN dimension = 1 AND len(list) > 0 THEN 1 END",
}
"""As DuckDB macros: name and parameters, meaning."""
