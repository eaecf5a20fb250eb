-- expect: rewritten
SELECT id, CASE WHEN ok THEN money ELSE 0 END AS a, COALESCE(rate, 0.5) AS b, COALESCE(money, 1) AS c FROM samples
