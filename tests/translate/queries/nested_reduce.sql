-- expect: refused
SELECT reduce(delays, 0, (a, b) -> a + b, a -> a) AS total FROM nested_trips
