-- expect: unchanged
SELECT id, ROUND(money, 1) AS r1, ROUND(rate, 3) AS r3, ROUND(money) AS r0 FROM samples
