-- expect: rewritten
SELECT ROUND(100e0 * COUNT_IF(ok) / COUNT(*), 2) AS pct FROM samples
