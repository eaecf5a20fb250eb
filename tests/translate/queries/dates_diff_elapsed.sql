-- expect: rewritten
SELECT id, date_diff('hour', TIMESTAMP '2026-01-01 08:59:00', at) AS h, date_diff('minute', at, TIMESTAMP '2026-01-01 08:59:00') AS m, date_diff('day', at, TIMESTAMP '2026-03-01 00:00:00') AS d FROM samples
