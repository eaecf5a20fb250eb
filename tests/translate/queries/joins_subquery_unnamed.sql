-- expect: rewritten
SELECT MAX(k) AS top FROM (SELECT s, COUNT(*) AS k FROM samples GROUP BY s)
