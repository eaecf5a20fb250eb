-- expect: rewritten
SELECT id, date_format(at, '%Y-%m-%d %H:%i:%s') AS a, date_format(day, '%d.%m.%y') AS b, date_format(at, '%H:00') AS c FROM samples
