-- expect: rewritten
SELECT id, date_format(day, '%W, %M %d') AS a, date_format(day, '%a %b') AS b FROM samples
