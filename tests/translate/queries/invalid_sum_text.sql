-- expect: invalid-source
SELECT SUM(s) AS t FROM samples
