-- expect: invalid-source
SELECT 1; SELECT 2
