-- expect: invalid-source
SELECT * FROM vehicle
