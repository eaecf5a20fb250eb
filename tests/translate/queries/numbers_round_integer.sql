-- expect: rewritten
SELECT id, ROUND(n) AS a, ROUND(i, 2) AS b, ROUND(n, -1) AS c FROM samples WHERE id <> 6
