-- expect: refused
SELECT tags['line'] AS line FROM nested_trips
