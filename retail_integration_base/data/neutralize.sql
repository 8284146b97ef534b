-- A copy for testing: no secret, no key, no address of a partner, nobody's messages.
-- Run by Odoo (odoo neutralize, or "neutralize" when a database is restored).

-- Secrets of the partners, and keys that partners hold.
DELETE FROM retail_credential;
DELETE FROM retail_api_key;

-- No backend runs, and none would know where to call.
UPDATE retail_backend
   SET state = CASE state WHEN 'draft' THEN 'draft' ELSE 'paused' END,
       environment = 'test',
       public_url = NULL,
       phase_write = FALSE,
       phase_events = FALSE;

UPDATE retail_subscription
   SET state = CASE state WHEN 'disabled' THEN 'disabled' ELSE 'paused' END,
       url = NULL;

-- What is known of the partners' addresses: how they answered, what is left to spend.
DELETE FROM retail_gate;

-- Messages that wait would be worked or sent as soon as a tester resumes a backend.
UPDATE retail_inbox_event
   SET state = 'ignored', result = 'Neutralised copy', next_attempt_at = NULL,
       finished_at = now() AT TIME ZONE 'UTC'
 WHERE state NOT IN ('done', 'ignored');
UPDATE retail_outbox_event
   SET state = 'cancelled', result = 'Neutralised copy', next_attempt_at = NULL,
       finished_at = now() AT TIME ZONE 'UTC'
 WHERE state NOT IN ('sent', 'cancelled');

-- Personal data: what partners sent and answered, and how customers are recognised.
UPDATE retail_inbox_event SET payload = NULL, subject = NULL WHERE payload IS NOT NULL;
UPDATE retail_outbox_event SET payload = NULL WHERE payload IS NOT NULL;
UPDATE retail_event_attempt
   SET response_excerpt = NULL
 WHERE response_excerpt IS NOT NULL;
UPDATE retail_identity SET value = 'neutralised-' || id;

-- Lane jobs of the original.
DELETE FROM queue_job
 WHERE model_name LIKE 'retail.%' AND state NOT IN ('done', 'cancelled', 'failed');

-- Nobody outside gets this copy's audit anchors.
DELETE FROM ir_config_parameter
 WHERE key = 'retail_integration_base.audit_anchor_email';
