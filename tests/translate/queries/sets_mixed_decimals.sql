-- expect: rewritten
SELECT rate FROM samples UNION ALL SELECT money FROM samples
