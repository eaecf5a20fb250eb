-- expect: rewritten
SELECT id, CAST(n AS varchar) AS a, CAST(money AS varchar) AS b, CAST(ok AS varchar) AS c, CAST(day AS varchar) AS d, CAST(at AS varchar) AS e FROM samples
