-- expect: refused
SELECT from_iso8601_timestamp('2026-02-28T10:00:00+02:00') AS d
