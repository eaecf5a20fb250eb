-- expect: refused
SELECT CAST(s AS char(3)) AS a FROM samples
