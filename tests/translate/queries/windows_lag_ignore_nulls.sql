-- expect: unchanged
SELECT id, LAG(n) IGNORE NULLS OVER (ORDER BY id) AS a FROM samples
