-- expect: rewritten
SELECT STDDEV(x) AS a, STDDEV_POP(x) AS b, VARIANCE(x) AS c, VAR_POP(x) AS d FROM samples WHERE id <> 6
