-- expect: refused
SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM routes AS r WHERE r.id IN (SELECT id FROM routes AS q WHERE q.id = a.id))
