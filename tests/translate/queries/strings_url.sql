-- expect: rewritten
SELECT url_extract_host(s) AS a FROM samples
