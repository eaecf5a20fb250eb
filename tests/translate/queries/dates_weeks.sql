-- expect: rewritten
SELECT id, week(day) AS w, day_of_week(day) AS dw, day_of_year(day) AS dy, year_of_week(day) AS yw, day_of_month(at) AS dm FROM samples
