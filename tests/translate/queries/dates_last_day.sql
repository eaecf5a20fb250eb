-- expect: rewritten
SELECT id, last_day_of_month(day) AS l FROM samples
