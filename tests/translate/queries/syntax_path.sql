-- expect: refused
SELECT "$path" FROM vehicles
