-- expect: rewritten
SELECT id, GREATEST(n, i) AS hi, LEAST(n, i, small) AS lo, GREATEST(s, u) AS text_hi FROM samples
