-- expect: unchanged
SELECT id, MAX(n) OVER (PARTITION BY ok) AS a, COUNT(*) OVER () AS b FROM samples
