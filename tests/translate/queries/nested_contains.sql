-- expect: refused
SELECT trip_id FROM nested_trips WHERE contains(stops, 'A42')
