-- expect: unchanged
SELECT COUNT(*) AS k FROM samples CROSS JOIN routes
