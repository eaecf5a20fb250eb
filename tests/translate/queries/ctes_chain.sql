-- expect: rewritten
WITH a AS (SELECT ok, AVG(n) AS mean FROM samples WHERE id <> 6 GROUP BY ok), b AS (SELECT ok, ROUND(mean, 1) AS rounded FROM a) SELECT * FROM b ORDER BY rounded DESC
