-- expect: rewritten
SELECT id, CAST(from_unixtime(seconds) AT TIME ZONE 'Asia/Kolkata' AS timestamp) AS t FROM samples
