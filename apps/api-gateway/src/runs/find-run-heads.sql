select id, status, waiting_for, seq from runs where id = any ($1)
