-- expect: unchanged
SELECT id, COALESCE(s, u, 'none') AS a, NULLIF(n, 45) AS b FROM samples
