-- expect: unchanged
SELECT id FROM samples WHERE s LIKE 'a#%b#_c%' ESCAPE '#'
