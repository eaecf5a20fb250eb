-- expect: rewritten
SELECT id, TRY_CAST(s AS double) AS a FROM samples
