-- Each movement of points is put down for those who subscribed to it, in the statement
-- that makes it: nothing is told that did not happen, whatever path it took.
--
-- While nobody subscribes this is one look at three small tables per statement. It stands
-- in both functions: a function of its own would be planned with each call.

CREATE OR REPLACE FUNCTION retail_loyalty_announce_entries() RETURNS trigger AS $$
BEGIN
    IF EXISTS (
        SELECT FROM retail_topic AS topic
          JOIN retail_subscription_retail_topic_rel AS asked
            ON asked.retail_topic_id = topic.id
          JOIN retail_subscription AS subscription
            ON subscription.id = asked.retail_subscription_id
         WHERE topic.name = 'retail.loyalty.entry.posted.v1'
           AND subscription.state IN ('active', 'paused')
    ) THEN
        INSERT INTO retail_loyalty_announcement (program_id, company_id, change, entry_id,
               moved_at)
        SELECT program_id, company_id,
               CASE WHEN reverses_id IS NOT NULL THEN 'reversed'
                    WHEN kind = 'expiry' THEN 'expired'
                    WHEN hold_id IS NOT NULL THEN 'captured' ELSE 'posted' END,
               id, recorded_at
          FROM fresh ORDER BY id;
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER retail_loyalty_entry_announce
    AFTER INSERT ON retail_loyalty_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_announce_entries();

CREATE OR REPLACE FUNCTION retail_loyalty_announce_hold() RETURNS trigger AS $$
BEGIN
    IF EXISTS (
        SELECT FROM retail_topic AS topic
          JOIN retail_subscription_retail_topic_rel AS asked
            ON asked.retail_topic_id = topic.id
          JOIN retail_subscription AS subscription
            ON subscription.id = asked.retail_subscription_id
         WHERE topic.name = 'retail.loyalty.entry.posted.v1'
           AND subscription.state IN ('active', 'paused')
    ) THEN
        INSERT INTO retail_loyalty_announcement (program_id, company_id, change, hold_id,
               moved_at)
        VALUES (NEW.program_id, NEW.company_id,
                CASE NEW.state WHEN 'open' THEN 'held' WHEN 'voided' THEN 'voided'
                               ELSE 'lapsed' END,
                NEW.id, coalesce(NEW.resolved_at, NEW.created_at));
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
-- Captures are told by their entry.
CREATE OR REPLACE TRIGGER retail_loyalty_hold_announce_new
    AFTER INSERT ON retail_loyalty_hold FOR EACH ROW WHEN (NEW.state = 'open')
    EXECUTE FUNCTION retail_loyalty_announce_hold();
CREATE OR REPLACE TRIGGER retail_loyalty_hold_announce_end
    AFTER UPDATE OF state ON retail_loyalty_hold FOR EACH ROW
    WHEN (OLD.state = 'open' AND NEW.state IN ('voided', 'expired'))
    EXECUTE FUNCTION retail_loyalty_announce_hold();
