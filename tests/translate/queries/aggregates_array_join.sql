-- expect: rewritten
SELECT ok, ARRAY_JOIN(ARRAY_AGG(s ORDER BY id), ',') AS names FROM samples GROUP BY ok
