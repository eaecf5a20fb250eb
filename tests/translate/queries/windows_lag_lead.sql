-- expect: unchanged
SELECT id, LAG(n) OVER (ORDER BY id) AS a, LEAD(s, 2) OVER (ORDER BY id) AS b FROM samples
