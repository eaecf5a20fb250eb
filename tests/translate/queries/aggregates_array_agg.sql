-- expect: refused
SELECT ARRAY_AGG(s ORDER BY n) AS names FROM samples
