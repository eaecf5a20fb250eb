-- expect: rewritten
SELECT SUM(n) / COUNT(*) AS mean FROM samples WHERE id <> 6
