-- expect: refused
SELECT COUNT(DISTINCT (n, s)) AS pairs FROM samples
