-- expect: rewritten
SELECT id, IF(n > 2, 'many', 'few') AS a, IF(ok, 1) AS b FROM samples
