-- expect: unchanged
SELECT id, NTILE(3) OVER (ORDER BY id) AS a, PERCENT_RANK() OVER (ORDER BY id) AS b, CUME_DIST() OVER (ORDER BY id) AS c FROM samples
