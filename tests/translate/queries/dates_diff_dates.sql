-- expect: rewritten
SELECT id, date_diff('day', day, DATE '2026-03-01') AS d, date_diff('week', day, DATE '2026-03-01') AS w FROM samples
