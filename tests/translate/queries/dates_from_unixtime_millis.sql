-- expect: rewritten
SELECT id, from_unixtime(millis / 1000) AS a, from_unixtime(millis / 1000.0) AS b, from_unixtime(millis / 1e3) AS c FROM samples
