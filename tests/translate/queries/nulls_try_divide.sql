-- expect: rewritten
SELECT id, TRY(n / i) AS q FROM samples
