-- Anchors: the heads that moved since the last one, under one digest.

-- Make the next anchor; none if no account moved. Returns its number and digest.
CREATE OR REPLACE FUNCTION retail_loyalty_anchor(p_now timestamp, p_genesis text)
RETURNS TABLE (number bigint, digest text, head_count bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_previous text;
    v_text text;
BEGIN
    SELECT anchor.number, anchor.digest INTO number, v_previous
      FROM retail_loyalty_anchor AS anchor ORDER BY anchor.number DESC LIMIT 1;
    number := coalesce(number, 0) + 1;
    v_previous := coalesce(v_previous, p_genesis);
    INSERT INTO retail_loyalty_anchor_head (anchor_number, account_id, sequence,
        entry_hash)
    SELECT number, account.id, account.last_sequence, account.last_hash
      FROM retail_loyalty_account AS account
      LEFT JOIN LATERAL (
          SELECT head.sequence FROM retail_loyalty_anchor_head AS head
           WHERE head.account_id = account.id
           ORDER BY head.anchor_number DESC LIMIT 1) AS last ON true
     WHERE account.kind = 'member'
       AND account.last_sequence > coalesce(last.sequence, 0)
     ORDER BY account.id;
    GET DIAGNOSTICS head_count = ROW_COUNT;
    IF head_count = 0 THEN
        RETURN;
    END IF;
    SELECT string_agg(E'\n' || concat_ws(':', account_id, sequence, entry_hash), ''
                      ORDER BY account_id) INTO v_text
      FROM retail_loyalty_anchor_head WHERE anchor_number = number;
    digest := encode(sha256(convert_to(v_previous || v_text, 'UTF8')), 'hex');
    INSERT INTO retail_loyalty_anchor (number, anchored_at, head_count, previous_digest,
        digest)
    VALUES (number, p_now, head_count, v_previous, digest);
    RETURN NEXT;
END $$;

-- Sum the program's own accounts up to a time before which no entry can still come: a
-- transaction that began before it and has not ended would be missed for good.
CREATE OR REPLACE FUNCTION retail_loyalty_balance_own(p_now timestamp)
RETURNS timestamp LANGUAGE plpgsql AS $$
DECLARE
    v_until timestamp;
BEGIN
    SELECT date_trunc('second', least(p_now,
               min(activity.xact_start) AT TIME ZONE 'UTC') - interval '5 minutes')
      INTO v_until FROM pg_stat_activity AS activity
     WHERE activity.datname = current_database();
    UPDATE retail_loyalty_account AS own
       SET posted = own.posted + moved.amount, balanced_until = v_until,
           version = own.version + 1
      FROM (SELECT account.id, coalesce(sum(side.amount), 0)::bigint AS amount
              FROM retail_loyalty_account AS account
              LEFT JOIN LATERAL (
                  SELECT CASE entry.credit_account_id WHEN account.id
                         THEN entry.points ELSE -entry.points END AS amount
                    FROM retail_loyalty_entry AS entry
                   WHERE entry.program_id = account.program_id
                     AND account.id IN (entry.debit_account_id, entry.credit_account_id)
                     AND entry.recorded_at < v_until
                     AND (account.balanced_until IS NULL
                          OR entry.recorded_at >= account.balanced_until)
              ) AS side ON true
             WHERE account.kind <> 'member'
               AND coalesce(account.balanced_until, '-infinity') < v_until
             GROUP BY account.id) AS moved
     WHERE own.id = moved.id;
    RETURN v_until;
END $$;
