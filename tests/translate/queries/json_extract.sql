-- expect: refused
SELECT json_extract(doc, '$.a') AS a FROM samples
