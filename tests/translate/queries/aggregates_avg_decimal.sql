-- expect: rewritten
SELECT AVG(money) AS mean, AVG(rate) AS mean_rate FROM samples WHERE id <> 6
