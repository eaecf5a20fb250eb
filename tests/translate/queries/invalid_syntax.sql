-- expect: invalid-source
SELECT FROM WHERE
