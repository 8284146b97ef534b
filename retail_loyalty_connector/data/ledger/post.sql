-- Posting: many credits as sets, everything else one after another inside one call.

-- What was answered to this id before, or no row. An id belongs to its first content.
CREATE OR REPLACE FUNCTION retail_loyalty_known(p_uuid text, p_hash text)
RETURNS TABLE (
    state text, entry_id integer, amount bigint, balance bigint, available bigint,
    code text
) LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN e.content_hash = p_hash THEN 'posted' ELSE 'conflict' END,
           e.id, e.amount, e.balance_after, NULL::bigint, NULL::text
      FROM retail_loyalty_entry AS e WHERE e.uuid = p_uuid
 UNION ALL
    SELECT CASE WHEN r.content_hash = p_hash THEN 'refused' ELSE 'conflict' END,
           NULL, 0, NULL, r.available, r.code
      FROM retail_loyalty_refusal AS r WHERE r.uuid = p_uuid
 UNION ALL
    SELECT CASE WHEN p.content_hash <> p_hash THEN 'conflict'
                WHEN p.state = 'cancellation' THEN 'cancelled'
                ELSE 'pending' END,
           p.entry_id, CASE p.state WHEN 'cancellation' THEN -p.amount ELSE p.amount END,
           NULL, NULL, NULL
      FROM retail_loyalty_pending AS p WHERE p.uuid = p_uuid
$$;

-- Keep the id of what is refused. Touching the account lets this transaction and one
-- that posts the same request exclude each other: one of the two is replayed.
CREATE OR REPLACE FUNCTION retail_loyalty_refuse_posting(
    e retail_loyalty_entry, p_code text, p_available bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE retail_loyalty_account SET version = version + 1 WHERE id = e.account_id;
    INSERT INTO retail_loyalty_refusal (uuid, content_hash, program_id, company_id,
        account_id, code, amount, available, channel, store_id, ref, recorded_at,
        user_id, correlation_id)
    VALUES (e.uuid, e.content_hash, e.program_id, e.company_id, e.account_id, p_code,
        e.amount, p_available, e.channel, e.store_id, e.ref, e.recorded_at, e.user_id,
        e.correlation_id)
    ON CONFLICT (uuid) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Refusal % was just written', e.uuid
            USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- One posting of any kind.
CREATE OR REPLACE FUNCTION retail_loyalty_post_one(
    p_document jsonb, p_now timestamp, p_user integer, p_correlation text,
    OUT state text, OUT repeated boolean, OUT entry_id integer, OUT amount bigint,
    OUT balance bigint, OUT available bigint, OUT code text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    e retail_loyalty_entry;
    v_hash text := retail_loyalty_content_hash(p_document);
    v_forced boolean := coalesce((p_document ->> 'forced')::boolean, false);
BEGIN
    SELECT k.state, true, k.entry_id, k.amount, k.balance, k.available, k.code
      INTO state, repeated, entry_id, amount, balance, available, code
      FROM retail_loyalty_known(p_document ->> 'uuid', v_hash) AS k
     ORDER BY k.state = 'conflict' LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    repeated := false;
    e := jsonb_populate_record(NULL::retail_loyalty_entry, p_document);
    e.content_hash := v_hash;
    e := retail_loyalty_prepare(e, p_now, p_user, p_correlation);
    amount := e.amount;
    IF p_document ? 'matures_at' THEN
        PERFORM retail_loyalty_pend(e, (p_document ->> 'matures_at')::timestamp);
        state := 'pending';
        RETURN;
    END IF;
    IF e.amount < 0 AND EXISTS (SELECT FROM retail_loyalty_lot AS lot
            WHERE lot.account_id = e.account_id AND lot.is_open
              AND lot.expires_at <= p_now) THEN
        PERFORM retail_loyalty_expire(e.account_id, p_now, p_user, p_correlation);
    END IF;
    e := retail_loyalty_append(e, 0, v_forced);
    IF e.id IS NULL THEN
        SELECT a.posted - a.held INTO available
          FROM retail_loyalty_account AS a WHERE a.id = e.account_id;
        PERFORM retail_loyalty_refuse_posting(e, 'insufficient', available);
        state := 'refused';
        code := 'insufficient';
        amount := 0;
        RETURN;
    END IF;
    state := 'posted';
    entry_id := e.id;
    balance := e.balance_after;
    IF e.amount > 0 THEN
        PERFORM retail_loyalty_lot_add(
            e, e.amount, greatest(0, least(e.amount, e.balance_after)), e.expires_at);
    ELSIF e.balance_after - e.amount > 0 THEN
        PERFORM retail_loyalty_lot_take(
            e, least(-e.amount, e.balance_after - e.amount), NULL);
    END IF;
END $$;

-- Postings in the order given. Accounts are locked in the order of their ids before.
CREATE OR REPLACE FUNCTION retail_loyalty_post_steps(
    p_documents jsonb, p_now timestamp, p_user integer, p_correlation text
) RETURNS TABLE (
    number bigint, state text, repeated boolean, entry_id integer, amount bigint,
    balance bigint, available bigint, code text
) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_document jsonb;
BEGIN
    number := 0;
    FOR v_document IN SELECT value FROM jsonb_array_elements(p_documents) LOOP
        SELECT one.* INTO state, repeated, entry_id, amount, balance, available, code
          FROM retail_loyalty_post_one(v_document, p_now, p_user, p_correlation) AS one;
        number := number + 1;
        RETURN NEXT;
    END LOOP;
END $$;

-- Lock the accounts of a batch in the order of their ids, so that two batches wait for
-- each other and never in a circle. Under REPEATABLE READ a balance that changed since
-- the snapshot ends the transaction here.
CREATE OR REPLACE FUNCTION retail_loyalty_lock(p_documents jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM retail_loyalty_account
      WHERE id IN (SELECT (value ->> 'account_id')::integer
                     FROM jsonb_array_elements(p_documents))
      ORDER BY id FOR NO KEY UPDATE;
END $$;

-- Accruals and other credits, thousands in one statement: dedupe, number, sum and chain
-- them per account, insert entries and lots, move the balances.
CREATE OR REPLACE FUNCTION retail_loyalty_post_credits(
    p_documents jsonb, p_now timestamp, p_user integer, p_correlation text
) RETURNS TABLE (
    number bigint, state text, repeated boolean, entry_id integer, amount bigint,
    balance bigint, available bigint, code text
) LANGUAGE plpgsql
    -- A batch of the ledger's size is sorted and kept in memory.
    SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
BEGIN
    PERFORM retail_loyalty_lock(p_documents);
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT one.n, retail_loyalty_content_hash(one.document) AS content_hash, r.*
          FROM jsonb_array_elements(p_documents) WITH ORDINALITY AS one (document, n),
               jsonb_to_record(one.document) AS r (
                   uuid varchar, account_id integer, kind varchar, amount bigint,
                   effective_at timestamp, expires_at timestamp, transaction_id integer,
                   channel varchar, store_id integer, ref varchar, reason varchar,
                   company_id integer, approved_by_id integer, movement_id integer)
    ), known AS MATERIALIZED (
        SELECT DISTINCT ON (asked.n) asked.n, k.*
          -- In the order of the index: each of its pages is looked at once.
          FROM (SELECT * FROM asked ORDER BY asked.uuid) AS asked,
               retail_loyalty_known(asked.uuid, asked.content_hash) AS k
         ORDER BY asked.n, k.state = 'conflict'
    ), fresh AS (
        SELECT DISTINCT ON (asked.uuid) asked.* FROM asked
         WHERE asked.n NOT IN (SELECT known.n FROM known)
         ORDER BY asked.uuid, asked.n
    ), numbered AS (
        SELECT fresh.n, fresh.uuid, fresh.content_hash, fresh.account_id, fresh.kind,
               own.id AS own_id, fresh.amount, account.program_id,
               coalesce(fresh.company_id, account.company_id) AS company_id,
               fresh.transaction_id, fresh.channel, fresh.store_id, fresh.ref,
               coalesce(fresh.effective_at, p_now) AS effective_at, fresh.expires_at,
               fresh.approved_by_id, fresh.reason, fresh.movement_id, account.last_hash,
               account.last_sequence + row_number() OVER chain AS sequence,
               (account.posted + sum(fresh.amount) OVER chain)::bigint AS balance_after
          FROM fresh
          JOIN retail_loyalty_account AS account
            ON account.id = fresh.account_id AND account.kind = 'member'
          JOIN retail_loyalty_account AS own
            ON own.wallet_id = account.wallet_id AND own.member_id IS NULL
           AND own.kind = CASE fresh.kind WHEN 'accrual' THEN 'issue' ELSE fresh.kind END
        WINDOW chain AS (PARTITION BY fresh.account_id ORDER BY fresh.n)
    ), chained AS (
        SELECT *, retail_loyalty_chain(last_hash, retail_loyalty_text(
                   account_id, sequence, uuid, content_hash, kind, own_id, account_id,
                   amount, amount, balance_after, program_id, company_id, NULL, NULL,
                   transaction_id, channel, store_id, ref, effective_at, p_now,
                   expires_at, p_user, approved_by_id, reason, p_correlation,
                   movement_id
               )) OVER (PARTITION BY account_id ORDER BY n) AS entry_hash
          FROM numbered
    ), inserted AS (
        INSERT INTO retail_loyalty_entry (uuid, content_hash, program_id, company_id,
            account_id, sequence, kind, debit_account_id, credit_account_id, points,
            amount, balance_after, transaction_id, channel, store_id, ref, effective_at,
            recorded_at, expires_at, user_id, approved_by_id, reason, correlation_id,
            movement_id, previous_hash, entry_hash)
        SELECT uuid, content_hash, program_id, company_id,
               account_id, sequence, kind, own_id, account_id, amount,
               amount, balance_after, transaction_id, channel, store_id, ref,
               effective_at, p_now, expires_at, p_user, approved_by_id, reason,
               p_correlation, movement_id, lag(entry_hash, 1, last_hash)
                   OVER (PARTITION BY account_id ORDER BY n), entry_hash
          FROM chained
            ON CONFLICT (uuid) DO NOTHING
     RETURNING id, uuid, content_hash, account_id, sequence, points, amount,
               balance_after, expires_at, previous_hash, entry_hash
    ), lots AS (
        INSERT INTO retail_loyalty_lot (account_id, entry_id, points, remaining,
            is_open, expires_at)
        SELECT account_id, id, points, greatest(0, least(points, balance_after)),
               balance_after > 0, expires_at
          FROM inserted
     RETURNING id, entry_id, points, remaining
    ), owed AS (
        INSERT INTO retail_loyalty_lot_use (entry_id, lot_id, points, restored)
        SELECT entry_id, id, points - remaining, 0 FROM lots WHERE remaining < points
    ), heads AS (
        SELECT DISTINCT ON (account_id) account_id, sequence, balance_after,
               previous_hash, entry_hash
          FROM inserted ORDER BY account_id, sequence DESC
    ), moved AS (
        UPDATE retail_loyalty_account AS a
           SET posted = heads.balance_after,
               forced_debt = greatest(0, a.floor - (heads.balance_after - a.held)),
               last_sequence = heads.sequence, previous_hash = heads.previous_hash,
               last_hash = heads.entry_hash, version = a.version + 1
          FROM heads WHERE a.id = heads.account_id
    )
    SELECT asked.n,
           CASE WHEN known.n IS NOT NULL THEN known.state
                WHEN inserted.content_hash = asked.content_hash THEN 'posted'
                WHEN inserted.id IS NOT NULL THEN 'conflict' END,
           known.n IS NOT NULL OR fresh.n IS NULL,
           coalesce(known.entry_id, inserted.id),
           coalesce(known.amount, inserted.amount),
           coalesce(known.balance, inserted.balance_after),
           known.available, known.code
      FROM asked
      LEFT JOIN known ON known.n = asked.n
      LEFT JOIN fresh ON fresh.n = asked.n
      LEFT JOIN inserted ON inserted.uuid = asked.uuid AND known.n IS NULL
     ORDER BY asked.n;
END $$;
