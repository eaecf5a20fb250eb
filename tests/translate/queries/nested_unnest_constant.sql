-- expect: rewritten
SELECT a.id, u.k FROM routes AS a CROSS JOIN UNNEST(ARRAY[1, 2, 3]) AS u (k)
