"""Whether a record tells one story: what each week rests on, held against the journal, rule by rule."""
