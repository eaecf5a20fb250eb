-- expect: refused
SELECT CAST(n AS json) AS a FROM samples
