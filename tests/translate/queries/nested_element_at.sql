-- expect: refused
SELECT element_at(tags, 'line') AS line FROM nested_trips
