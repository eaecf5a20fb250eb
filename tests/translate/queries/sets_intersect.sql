-- expect: unchanged
SELECT id FROM samples INTERSECT SELECT id FROM routes
