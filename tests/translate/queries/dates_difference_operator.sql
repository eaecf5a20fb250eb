-- expect: refused
SELECT at - TIMESTAMP '2026-01-01 00:00:00' AS d FROM samples
