-- expect: invalid-source
SELECT ok, s, COUNT(*) AS k FROM samples GROUP BY ok
