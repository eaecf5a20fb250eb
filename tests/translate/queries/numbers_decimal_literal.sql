-- expect: rewritten
SELECT 2 / 3.0 AS a, 100.0 * 2 / 3 AS b, 9996 / 10000.0 AS c, 1.00 / 3 AS d
