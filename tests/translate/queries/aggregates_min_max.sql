-- expect: unchanged
SELECT MIN(n) AS lo, MAX(n) AS hi, MIN(s) AS first, MAX(day) AS latest, MIN(money) AS cheap FROM samples
