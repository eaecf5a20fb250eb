-- expect: rewritten
SELECT id, FIRST_VALUE(s) OVER (PARTITION BY ok ORDER BY id) AS a FROM samples
