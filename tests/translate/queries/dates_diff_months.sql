-- expect: rewritten
SELECT id, date_diff('month', day, DATE '2026-03-30') AS m, date_diff('year', DATE '2024-02-29', day) AS y, date_diff('quarter', day, DATE '2026-03-30') AS q FROM samples
