-- expect: rewritten
SELECT COUNT(*) FILTER (WHERE ok) AS a, SUM(n) FILTER (WHERE n < 100) AS b, AVG(n) FILTER (WHERE n < 100) AS c, MAX(s) FILTER (WHERE NOT ok) AS d FROM samples
