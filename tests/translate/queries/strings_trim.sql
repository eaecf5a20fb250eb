-- expect: rewritten
SELECT id, TRIM(s) AS a, LTRIM(s) AS b, RTRIM(s) AS c, TRIM(BOTH 'a' FROM s) AS d FROM samples
