-- expect: rewritten
SELECT id, from_unixtime(seconds) AS t FROM samples
