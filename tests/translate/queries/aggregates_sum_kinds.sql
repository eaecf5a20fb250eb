-- expect: unchanged
SELECT SUM(i) AS si, SUM(small) AS ss, SUM(money) AS sm, SUM(x) AS sx FROM samples
