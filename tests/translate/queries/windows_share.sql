-- expect: rewritten
SELECT route_id, COUNT(*) AS k, ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 1) AS pct FROM vehicles GROUP BY route_id
