-- expect: refused
SELECT SPLIT(parts, ',') AS a FROM samples
