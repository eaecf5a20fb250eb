-- expect: refused
SELECT json_extract_scalar(doc, '$.a.b') AS b FROM samples
