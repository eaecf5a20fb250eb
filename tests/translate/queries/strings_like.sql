-- expect: unchanged
SELECT id FROM samples WHERE s LIKE 'a%' OR s LIKE '%42-_' OR u NOT LIKE '%ö%'
