-- expect: unchanged
SELECT CAST('2026-03-01 10:11:12' AS timestamp) AS t
