-- expect: refused
SELECT stops[1] AS first FROM nested_trips
