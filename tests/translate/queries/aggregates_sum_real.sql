-- expect: rewritten
SELECT SUM(CAST(x AS real)) AS total FROM samples WHERE id <> 6
