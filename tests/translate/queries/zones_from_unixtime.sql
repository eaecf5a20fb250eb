-- expect: rewritten
SELECT id, hour(from_unixtime(seconds, 'America/New_York')) AS h, date_format(from_unixtime(seconds, 'Europe/Berlin'), '%Y-%m-%d %H:%i') AS t FROM samples
