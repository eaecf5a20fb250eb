-- expect: rewritten
SELECT id, BITWISE_AND(n, 6) AS a, BITWISE_OR(i, 1) AS b FROM samples WHERE id <> 6
