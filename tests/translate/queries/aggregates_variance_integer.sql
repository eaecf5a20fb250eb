-- expect: unchanged
SELECT STDDEV(n) AS a, VAR_SAMP(n) AS b FROM samples WHERE id NOT IN (6)
