-- expect: rewritten
SELECT AVG(n) AS mean FROM samples
