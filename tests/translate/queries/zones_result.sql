-- expect: refused
SELECT from_unixtime(seconds) AT TIME ZONE 'America/New_York' AS local FROM samples
