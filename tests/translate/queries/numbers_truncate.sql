-- expect: rewritten
SELECT id, TRUNCATE(x) AS t, TRUNCATE(money) AS tm FROM samples
