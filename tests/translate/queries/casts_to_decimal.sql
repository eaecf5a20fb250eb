-- expect: rewritten
SELECT id, CAST(n AS decimal(20,2)) AS a, CAST(rate AS decimal(18,2)) AS b, CAST('12.345' AS decimal(10,2)) AS c FROM samples
