-- expect: rewritten
SELECT id, SUBSTR(u, -3) AS a, SUBSTR(u, -3, 2) AS b FROM samples
