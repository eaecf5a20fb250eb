-- expect: rewritten
SELECT date_format(from_unixtime("timestamp") AT TIME ZONE 'America/New_York', '%Y-%m-%d %H:00') AS local_hour, COUNT(*) AS k FROM vehicles GROUP BY 1
