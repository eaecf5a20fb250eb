-- expect: refused
SELECT money FROM samples UNION ALL SELECT rate FROM samples
