-- expect: rewritten
SELECT COUNT(*) AS k FROM samples WHERE day < current_date - INTERVAL '7' DAY
