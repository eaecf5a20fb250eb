-- expect: unchanged
SELECT COUNT(DISTINCT n) AS a, COUNT(DISTINCT s) AS b, COUNT(u) AS c FROM samples
