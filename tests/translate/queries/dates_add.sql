-- expect: rewritten
SELECT id, date_add('day', 3, day) AS a, date_add('month', 1, day) AS b, date_add('hour', -5, at) AS c, date_add('year', -1, at) AS d FROM samples
