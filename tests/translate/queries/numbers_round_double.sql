-- expect: unchanged
SELECT id, ROUND(x, 1) AS r1, ROUND(x) AS r0 FROM samples
