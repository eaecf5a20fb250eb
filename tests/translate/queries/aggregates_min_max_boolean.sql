-- expect: rewritten
SELECT MIN(ok) AS lo, MAX(ok) AS hi FROM samples
