-- expect: rewritten
SELECT id FROM samples WHERE at >= TIMESTAMP '2026-02-28 00:00:00' AND day < DATE '2026-11-01'
