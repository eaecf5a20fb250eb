-- expect: rewritten
SELECT id, TRY_CAST(s AS bigint) AS a, TRY_CAST(parts AS integer) AS b FROM samples
