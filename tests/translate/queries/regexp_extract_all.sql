-- expect: refused
SELECT regexp_extract_all(s, '[a-z]') AS a FROM samples
