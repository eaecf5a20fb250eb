-- expect: unchanged
SELECT id FROM samples EXCEPT SELECT id FROM routes
