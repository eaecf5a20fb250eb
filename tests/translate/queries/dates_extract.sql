-- expect: rewritten
SELECT id, EXTRACT(hour FROM at) AS h, EXTRACT(dow FROM day) AS d, EXTRACT(doy FROM day) AS y FROM samples
