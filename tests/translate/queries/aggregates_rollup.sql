-- expect: rewritten
SELECT ok, small, SUM(i) AS total FROM samples GROUP BY ROLLUP (ok, small) ORDER BY total DESC, ok, small
