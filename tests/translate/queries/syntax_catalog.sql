-- expect: rewritten
SELECT COUNT(*) AS k FROM awsdatacatalog.smartroute_analytics.samples
