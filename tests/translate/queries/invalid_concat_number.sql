-- expect: invalid-source
SELECT s || n AS t FROM samples
