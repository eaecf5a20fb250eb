-- expect: refused
SELECT t.place.zone.id AS z FROM nested_trips AS t
