-- expect: rewritten
SELECT id FROM samples ORDER BY id FETCH FIRST 3 ROWS ONLY
