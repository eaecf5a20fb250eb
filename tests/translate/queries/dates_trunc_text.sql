-- expect: rewritten
SELECT id, CAST(date_trunc('month', day) AS varchar) AS m FROM samples
