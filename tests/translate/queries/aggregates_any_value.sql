-- expect: rewritten
SELECT route_id, ARBITRARY(route_id) AS same FROM routes GROUP BY route_id
