-- expect: refused
SELECT CORR(x, n) AS r FROM samples
