-- expect: unchanged
SELECT SUM(CAST(n AS decimal(38,0))) AS total FROM samples
