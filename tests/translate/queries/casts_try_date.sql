-- expect: rewritten
SELECT TRY_CAST(s AS date) AS d FROM samples
