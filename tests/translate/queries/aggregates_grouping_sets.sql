-- expect: rewritten
SELECT ok, s, COUNT(*) AS k, GROUPING(ok, s) AS level FROM samples GROUP BY GROUPING SETS ((ok, s), (ok), ())
