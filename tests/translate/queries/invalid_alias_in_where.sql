-- expect: invalid-source
SELECT n * 2 AS twice FROM samples WHERE twice > 4
