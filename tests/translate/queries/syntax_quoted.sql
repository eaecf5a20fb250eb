-- expect: unchanged
SELECT "timestamp" FROM vehicles WHERE "hour" = 13
