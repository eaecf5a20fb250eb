"""The rehearsal's lake: a day of the real timetable as Parquet files."""
