-- expect: rewritten
SELECT BOOL_AND(ok) AS every_one, BOOL_OR(ok) AS some, EVERY(n IS NULL OR n < 1000000000000000000) AS small_ones FROM samples
