-- expect: unchanged
SELECT DISTINCT ok, small FROM samples
