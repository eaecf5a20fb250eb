-- expect: rewritten
SELECT url_extract_host('https://' || route_id || '.example/b') AS a FROM routes
