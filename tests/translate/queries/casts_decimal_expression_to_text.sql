-- expect: rewritten
SELECT id, CAST(money * 2 AS varchar) AS a, CAST(money / 3 AS varchar) AS b, CAST(SUM(money) OVER () AS varchar) AS c FROM samples
