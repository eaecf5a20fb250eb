-- expect: unchanged
SELECT id FROM samples UNION SELECT id FROM routes
