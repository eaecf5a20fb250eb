-- expect: refused
SELECT date_diff('day', at AT TIME ZONE 'America/New_York', now()) AS d FROM samples
