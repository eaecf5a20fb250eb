-- expect: rewritten
SELECT GEOMETRIC_MEAN(n) AS g FROM samples WHERE n > 0
