-- Reserve and capture by hand, as many rows as the ledger changes: what a database
-- programmer would write for one program, without ids, hashes and lots in order.
\set account random(:first, :last)
\set p random(1, 5)
BEGIN;
INSERT INTO retail_bench_hold (uuid, content_hash, program_id, account_id, state, points,
    captured, ttl_s, created_at, expires_at)
VALUES (gen_random_uuid()::text, repeat('0', 64), 1, :account, 'open', :p, 0, 900, now(),
    now() + interval '15 minutes') RETURNING id AS hold \gset
UPDATE retail_bench_account SET held = held + :p, version = version + 1
 WHERE id = :account AND posted - held - :p >= floor;
COMMIT;
BEGIN;
UPDATE retail_bench_hold SET state = 'captured', captured = :p, resolved_at = now()
 WHERE id = :hold AND state = 'open';
UPDATE retail_bench_account SET posted = posted - :p, held = held - :p,
       last_sequence = last_sequence + 1, version = version + 1
 WHERE id = :account RETURNING posted AS posted, last_sequence AS sequence \gset
INSERT INTO retail_bench_entry (uuid, content_hash, program_id, account_id, sequence,
    kind, debit_account_id, credit_account_id, points, amount, balance_after, hold_id,
    effective_at, recorded_at, previous_hash, entry_hash)
VALUES (gen_random_uuid()::text, repeat('0', 64), 1, :account, :sequence, 'redemption',
    :account, 1, :p, -(:p), :posted, :hold, now(), now(), repeat('0', 64),
    repeat('0', 64)) RETURNING id AS entry \gset
UPDATE retail_bench_lot SET remaining = remaining - :p
 WHERE account_id = :account AND is_open RETURNING id AS lot \gset
INSERT INTO retail_bench_lot_use (entry_id, lot_id, points, restored)
VALUES (:entry, :lot, :p, 0);
COMMIT;
