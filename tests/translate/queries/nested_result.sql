-- expect: refused
SELECT stops FROM nested_trips
