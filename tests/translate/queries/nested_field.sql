-- expect: refused
SELECT place.lat AS lat FROM nested_trips
