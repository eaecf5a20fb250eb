-- expect: rewritten
SELECT id, n - (SELECT AVG(id) FROM routes) AS d FROM samples WHERE id <> 6
