-- expect: refused
SELECT APPROX_PERCENTILE(n, i, 0.5) AS w FROM samples
