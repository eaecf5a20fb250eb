-- expect: unchanged
SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM routes AS r WHERE r.id = a.id)
