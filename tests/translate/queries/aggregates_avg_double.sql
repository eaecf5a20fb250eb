-- expect: unchanged
SELECT AVG(x) AS mean FROM samples
