-- expect: rewritten
SELECT id, ABS(n) AS a, ABS(x) AS b, SIGN(n) AS c, SIGN(x) AS d FROM samples
