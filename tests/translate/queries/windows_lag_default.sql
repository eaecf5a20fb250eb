-- expect: rewritten
SELECT id, LAG(n, 1, 0) OVER (ORDER BY id) AS a, LEAD(s, 2, 'none') OVER (PARTITION BY ok ORDER BY id) AS b FROM samples
