-- expect: rewritten
SELECT APPROX_PERCENTILE(n, 0.5) AS median FROM samples WHERE n < 1000
