-- expect: rewritten
SELECT id, CAST(at AS date) AS d, DATE(at) AS d2, CAST('2026-02-28' AS date) AS d3 FROM samples
