-- expect: invalid-source
SELECT DATEDIFF(day, day, day) AS d FROM samples
