-- expect: rewritten
SELECT s, ROUND(AVG(i), 2) AS mean FROM samples GROUP BY s
