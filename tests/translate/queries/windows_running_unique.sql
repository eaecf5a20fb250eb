-- expect: rewritten
SELECT hour, SUM(COUNT(*)) OVER (ORDER BY hour) AS running FROM vehicles GROUP BY hour
