-- expect: rewritten
SELECT ROUND(100.0 * SUM(CASE WHEN ok THEN 1 ELSE 0 END) / COUNT(*), 2) AS pct FROM samples
