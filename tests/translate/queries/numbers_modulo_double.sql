-- expect: refused
SELECT x % 2 AS r FROM samples
