-- expect: rewritten
SELECT id, day - INTERVAL '7' DAY AS a, day + INTERVAL '1' MONTH AS b, at + INTERVAL '90' MINUTE AS c, at - INTERVAL '1' YEAR AS d FROM samples
