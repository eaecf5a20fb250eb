-- expect: rewritten
SELECT format('%s-%d', s, n) AS a FROM samples
