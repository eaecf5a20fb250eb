-- expect: rewritten
SELECT id, date_diff('month', at, TIMESTAMP '2026-03-31 08:59:59') AS m FROM samples
