-- expect: refused
SELECT MAX_BY(s, n) AS who FROM samples
