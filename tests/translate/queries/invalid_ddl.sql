-- expect: refused
DROP TABLE samples
