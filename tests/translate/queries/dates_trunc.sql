-- expect: rewritten
SELECT id, date_trunc('hour', at) AS h, date_trunc('week', at) AS w, date_trunc('month', day) AS m, date_trunc('quarter', day) AS q, date_trunc('year', at) AS y FROM samples
