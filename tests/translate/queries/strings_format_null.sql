-- expect: rewritten
SELECT id, format('%d|%05d|%.2f|%.0f|%f|%%d|%s', n, n, CAST(n AS DECIMAL(22, 3)), CAST(n AS DECIMAL(22, 3)), CAST(n AS DECIMAL(22, 3)), s) AS a FROM samples
