-- expect: rewritten
SELECT id, to_unixtime(at) AS a, to_unixtime(from_unixtime(seconds)) AS b FROM samples
