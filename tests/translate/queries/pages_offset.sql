-- expect: rewritten
SELECT id FROM samples ORDER BY id OFFSET 2 LIMIT 3
