-- expect: rewritten
SELECT AVG(DISTINCT n) AS mean FROM samples WHERE id <> 6
