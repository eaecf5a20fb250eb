-- expect: unchanged
SELECT id, CEIL(x) AS c, FLOOR(x) AS f, CEIL(money) AS cm, FLOOR(money) AS fm FROM samples
