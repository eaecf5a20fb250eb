-- expect: rewritten
SELECT id, CAST(x AS bigint) AS a, CAST(x * 1.5 AS integer) AS b FROM samples WHERE id <> 6
