-- expect: unchanged
SELECT ok, small, COUNT(*) AS k FROM samples GROUP BY CUBE (ok, small)
