-- expect: refused
SELECT CAST(date_trunc('hour', at AT TIME ZONE 'Asia/Kolkata') AS timestamp) AS h FROM samples
