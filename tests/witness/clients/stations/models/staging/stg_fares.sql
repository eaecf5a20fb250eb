with source as (
    select * from {{ ref('raw_fares') }}
),
renamed as (
    select id as fare_id, trip_id, method, amount / 100.0 as amount from source
)
select * from renamed
