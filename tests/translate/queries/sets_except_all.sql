-- expect: refused
SELECT id FROM samples EXCEPT ALL SELECT id FROM routes
