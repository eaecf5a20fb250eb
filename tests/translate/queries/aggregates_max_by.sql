-- expect: rewritten
SELECT MAX_BY(s, n) AS who FROM samples
