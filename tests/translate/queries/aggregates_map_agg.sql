-- expect: refused
SELECT MAP_AGG(id, s) AS m FROM samples
