-- expect: refused
SELECT t.trip_id, u.stop FROM nested_trips AS t CROSS JOIN UNNEST(t.stops) AS u (stop)
