-- expect: rewritten
SELECT id, TRY(CAST(s AS bigint)) AS q FROM samples
