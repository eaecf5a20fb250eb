-- expect: rewritten
SELECT id, STRPOS(s, 'a') AS a, POSITION('l' IN s) AS b, STRPOS(s, u) AS c, STRPOS(u, s) AS d FROM samples
