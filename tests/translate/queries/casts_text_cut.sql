-- expect: rewritten
SELECT id, CAST(u AS varchar(3)) AS cut, CAST(n AS varchar(20)) AS wide FROM samples
