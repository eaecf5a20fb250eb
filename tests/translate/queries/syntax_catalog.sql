-- expect: rewritten
SELECT COUNT(*) AS k FROM awsdatacatalog.lab.samples
