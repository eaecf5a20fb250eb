-- expect: unchanged
SELECT id FROM samples WHERE id IN (SELECT id FROM routes)
