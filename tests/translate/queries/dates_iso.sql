-- expect: rewritten
SELECT id, to_iso8601(day) AS a, to_iso8601(at) AS b, to_iso8601(from_unixtime(seconds)) AS c FROM samples
