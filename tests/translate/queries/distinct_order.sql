-- expect: rewritten
SELECT DISTINCT s FROM samples ORDER BY s DESC
