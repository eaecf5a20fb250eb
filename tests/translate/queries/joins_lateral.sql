-- expect: refused
SELECT a.id, t.k FROM samples AS a CROSS JOIN LATERAL (SELECT a.n + 1 AS k) AS t
