with source as (
    select * from {{ ref('raw_trips') }}
),
renamed as (
    select id as trip_id, rider_id, ridden_on,
        {% if var('later', false) %}case when id = 4 then 'shipped' else status end as status
        {% else %}status{% endif %}
    from source
)
select * from renamed
