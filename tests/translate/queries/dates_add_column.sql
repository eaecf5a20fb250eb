-- expect: rewritten
SELECT id, date_add('day', small, day) AS a, date_add('minute', n, at) AS b FROM samples WHERE id <> 6
