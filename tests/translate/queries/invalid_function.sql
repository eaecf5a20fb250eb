-- expect: invalid-source
SELECT GETDATE() AS t
