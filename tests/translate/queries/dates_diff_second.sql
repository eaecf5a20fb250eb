-- expect: rewritten
SELECT id, date_diff('second', from_unixtime(seconds), from_unixtime(1758463259)) AS s, date_diff('millisecond', at, TIMESTAMP '2026-01-31 09:00:00') AS ms FROM samples WHERE id <> 6
