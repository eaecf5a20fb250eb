-- expect: rewritten
SELECT id, hour(at AT TIME ZONE 'America/New_York') AS h, CAST(from_unixtime(seconds) AT TIME ZONE 'America/New_York' AS date) AS d FROM samples
