-- expect: refused
SELECT CAST(ARRAY[1] AS array(bigint)) AS a
