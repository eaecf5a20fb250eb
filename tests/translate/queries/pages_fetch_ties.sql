-- expect: rewritten
SELECT id FROM samples ORDER BY small FETCH FIRST 3 ROWS WITH TIES
