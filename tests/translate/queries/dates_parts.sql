-- expect: rewritten
SELECT id, year(at) AS y, month(at) AS m, day(at) AS d, hour(at) AS h, minute(at) AS mi, second(at) AS s, quarter(day) AS q FROM samples
