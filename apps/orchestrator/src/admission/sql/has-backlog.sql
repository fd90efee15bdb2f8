-- Asked all the time: one look at an index that holds nothing but what waits for admission.
select exists (select from runs where status = 'queued' and admitted_at is null) as waiting
