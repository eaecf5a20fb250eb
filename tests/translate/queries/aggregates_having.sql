-- expect: unchanged
SELECT s, COUNT(*) AS k FROM samples GROUP BY s HAVING COUNT(*) > 1
