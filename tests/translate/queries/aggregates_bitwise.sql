-- expect: rewritten
SELECT BITWISE_OR_AGG(i) AS bits FROM samples WHERE id < 4
