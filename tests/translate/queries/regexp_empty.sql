-- expect: refused
SELECT regexp_extract(s, '[0-9]*') AS a FROM samples
