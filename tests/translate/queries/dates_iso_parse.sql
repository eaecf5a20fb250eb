-- expect: rewritten
SELECT from_iso8601_date('2026-02-28') AS d
