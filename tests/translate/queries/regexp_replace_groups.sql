-- expect: refused
SELECT regexp_replace(s, '(\w)', '<$1>') AS a FROM samples
