-- expect: rewritten
SELECT * FROM (SELECT route_id, stop_id, COUNT(*) AS k, ROW_NUMBER() OVER (PARTITION BY route_id ORDER BY COUNT(*) DESC, stop_id) AS place FROM vehicles GROUP BY route_id, stop_id) AS t WHERE place <= 2
