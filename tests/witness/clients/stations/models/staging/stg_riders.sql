with source as (
    select * from {{ ref('raw_riders') }}
),
renamed as (
    select id as rider_id, first_name, last_name from source
)
select * from renamed
