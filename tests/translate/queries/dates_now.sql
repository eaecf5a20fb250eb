-- expect: rewritten
SELECT COUNT(*) AS k FROM samples WHERE at < now()
