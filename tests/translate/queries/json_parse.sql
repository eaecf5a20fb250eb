-- expect: refused
SELECT json_format(json_parse(doc)) AS a FROM samples
