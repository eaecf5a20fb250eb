-- expect: refused
SELECT APPROX_PERCENTILE(n, ARRAY[0.5, 0.9]) AS both FROM samples
