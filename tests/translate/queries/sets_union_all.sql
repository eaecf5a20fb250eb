-- expect: unchanged
SELECT s FROM samples UNION ALL SELECT name FROM routes
