-- expect: rewritten
SELECT id, CAST(date_trunc('day', from_unixtime(seconds) AT TIME ZONE 'America/New_York') AS timestamp) AS d FROM samples
