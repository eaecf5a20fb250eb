-- expect: refused
SELECT hour(at AT TIME ZONE '+05:30') AS h FROM samples
