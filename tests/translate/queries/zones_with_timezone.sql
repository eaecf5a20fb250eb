-- expect: rewritten
SELECT id, to_unixtime(with_timezone(at, 'America/New_York')) AS t FROM samples WHERE id NOT IN (8, 9)
