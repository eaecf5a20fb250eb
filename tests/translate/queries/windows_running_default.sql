-- expect: rewritten
SELECT id, SUM(i) OVER (ORDER BY small) AS a FROM samples
