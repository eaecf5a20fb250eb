-- expect: invalid-source
SELECT id FROM samples JOIN routes ON samples.id = routes.id
