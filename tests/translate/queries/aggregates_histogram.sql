-- expect: refused
SELECT HISTOGRAM(s) AS h FROM samples
