-- expect: refused
SELECT MIN_BY(s, n, 3) AS who FROM samples
