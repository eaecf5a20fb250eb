-- expect: invalid-source
DROP TABLE samples
