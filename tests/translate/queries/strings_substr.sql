-- expect: rewritten
SELECT id, SUBSTR(u, 2) AS a, SUBSTR(u, 2, 3) AS b, SUBSTRING(s FROM 1 FOR 2) AS c FROM samples
