-- The hash chain of an account; the same as tools/ledger_chain.py, which verifies it.

-- The text of what an entry's hash covers. A JSON array, since in it no value can pass
-- for two; its timestamps do not depend on the session's settings.
CREATE OR REPLACE FUNCTION retail_loyalty_text(
    account_id integer, sequence bigint, uuid varchar, content_hash varchar,
    kind varchar, debit_account_id integer, credit_account_id integer, points bigint,
    amount bigint, balance_after bigint, program_id integer, company_id integer,
    hold_id integer, reverses_id integer, transaction_id integer, channel varchar,
    store_id integer, ref varchar, effective_at timestamp, recorded_at timestamp,
    expires_at timestamp, user_id integer, approved_by_id integer, reason varchar,
    correlation_id varchar, movement_id integer
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_array($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
        $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)::text
$$;

CREATE OR REPLACE FUNCTION retail_loyalty_entry_text(
    e retail_loyalty_entry, p_sequence bigint, p_balance bigint
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT retail_loyalty_text(e.account_id, p_sequence, e.uuid, e.content_hash, e.kind,
        e.debit_account_id, e.credit_account_id, e.points, e.amount, p_balance,
        e.program_id, e.company_id, e.hold_id, e.reverses_id, e.transaction_id,
        e.channel, e.store_id, e.ref, e.effective_at, e.recorded_at, e.expires_at,
        e.user_id, e.approved_by_id, e.reason, e.correlation_id, e.movement_id)
$$;

CREATE OR REPLACE FUNCTION retail_loyalty_link(p_previous text, p_content text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(p_previous || E'\n' || p_content, 'UTF8')), 'hex')
$$;

-- The same over many entries of one account, as an aggregate over a window: the first
-- one follows the account's head, each other the one before it.
CREATE OR REPLACE FUNCTION retail_loyalty_chain_step(
    p_state text, p_head text, p_content text
) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN encode(sha256(convert_to(
        coalesce(p_state, p_head) || E'\n' || p_content, 'UTF8')), 'hex');
END $$;
CREATE OR REPLACE AGGREGATE retail_loyalty_chain(text, text) (
    SFUNC = retail_loyalty_chain_step, STYPE = text
);

-- What "the same content" means: the document with its keys in one order.
CREATE OR REPLACE FUNCTION retail_loyalty_content_hash(p_document jsonb)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(p_document::text, 'UTF8')), 'hex')
$$;
