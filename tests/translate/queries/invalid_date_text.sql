-- expect: invalid-source
SELECT id FROM samples WHERE day >= '2026-01-01'
