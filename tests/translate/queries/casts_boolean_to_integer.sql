-- expect: unchanged
SELECT id, CAST(ok AS integer) AS k FROM samples
