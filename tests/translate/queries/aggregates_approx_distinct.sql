-- expect: rewritten
SELECT APPROX_DISTINCT(route_id) AS routes FROM vehicles
