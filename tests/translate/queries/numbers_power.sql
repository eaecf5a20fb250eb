-- expect: rewritten
SELECT id, POWER(x, 2) AS sq, SQRT(ABS(n)) AS root, EXP(small) AS e, CBRT(n) AS c FROM samples WHERE id <> 6
