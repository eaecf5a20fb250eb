-- expect: rewritten
SELECT id, date_format(at, '%Y-%m-%dT%H:%i:%sZ') AS a, date_format(at, 'week %v of %x') AS b FROM samples
