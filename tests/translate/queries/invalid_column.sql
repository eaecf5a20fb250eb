-- expect: invalid-source
SELECT delay FROM vehicles
