-- Rows where the totals by rider are not those of the fares in the seeds.
with expected as (
    select 1 as rider_id, 12.90 as spent union all
    select 2, 3.90 union all
    select 3, 30.00
)
select r.rider_id
from {{ ref('riders') }} r left join expected e on r.rider_id = e.rider_id
where coalesce(r.lifetime_value, 0) <> coalesce(e.spent, 0)
