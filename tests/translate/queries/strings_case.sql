-- expect: unchanged
SELECT id, LOWER(s) AS a, UPPER(s) AS b, LENGTH(u) AS c, REVERSE(u) AS d FROM samples
