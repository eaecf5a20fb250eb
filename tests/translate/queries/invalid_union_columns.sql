-- expect: invalid-source
SELECT id, s FROM samples UNION SELECT id FROM routes
