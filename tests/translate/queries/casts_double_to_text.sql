-- expect: refused
SELECT CAST(x AS varchar) AS t FROM samples
