-- expect: rewritten
SELECT id FROM samples WHERE from_unixtime(seconds) AT TIME ZONE 'America/New_York' < from_unixtime(1760000000)
