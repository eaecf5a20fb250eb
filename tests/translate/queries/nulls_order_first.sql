-- expect: rewritten
SELECT id, n FROM samples ORDER BY n DESC NULLS FIRST, id
