-- expect: unchanged
SELECT CAST('42' AS bigint) + 1 AS a, CAST('-7' AS integer) AS b
