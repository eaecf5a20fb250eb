-- expect: unchanged
SELECT UPPER(s) AS big, COUNT(*) AS k FROM samples GROUP BY 1
