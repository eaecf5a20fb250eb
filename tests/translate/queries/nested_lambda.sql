-- expect: refused
SELECT transform(delays, d -> d * 2) AS double_delays FROM nested_trips
