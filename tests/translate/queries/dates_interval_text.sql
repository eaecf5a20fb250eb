-- expect: rewritten
SELECT id FROM samples WHERE CAST(day - INTERVAL '1' DAY AS varchar) >= '2026-02-27'
