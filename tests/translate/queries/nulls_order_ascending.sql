-- expect: unchanged
SELECT id, n FROM samples ORDER BY n, id
