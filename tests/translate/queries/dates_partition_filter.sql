-- expect: unchanged
SELECT COUNT(*) AS k FROM vehicles WHERE year = 2026 AND month = 9 AND hour BETWEEN 5 AND 10
