-- expect: refused
SELECT url_extract_host(s) AS a FROM samples
