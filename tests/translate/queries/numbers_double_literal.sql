-- expect: rewritten
SELECT id, n * 1e0 / 3 AS a, 1.5E1 AS b FROM samples WHERE id <> 6
