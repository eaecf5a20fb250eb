-- expect: unchanged
SELECT id FROM samples WHERE s NOT LIKE '%a%' AND u NOT LIKE '%#_' ESCAPE '#'
