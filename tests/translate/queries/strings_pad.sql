-- expect: unchanged
SELECT id, LPAD(CAST(small AS varchar), 3, '0') AS a, RPAD(u, 4, '*') AS b FROM samples
