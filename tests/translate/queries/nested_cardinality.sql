-- expect: refused
SELECT cardinality(stops) AS k FROM nested_trips
