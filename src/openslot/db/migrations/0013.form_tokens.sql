-- What forms of the pages have made, so that the same form sent again makes nothing more (ADR 0022). Swept after days.
CREATE TABLE form_tokens (
    -- SHA-256 of the token's random part, and where answers may lead elsewhere, of what was sent
    digest bytea PRIMARY KEY,
    -- The same together with all that was sent: whether the second time says anything else
    sent bytea NOT NULL,
    -- What it made: an invitee, the submission of a routing form, or a request for a start. All NULL while it does so.
    organization_id uuid,
    invitee_id uuid,
    submission_id uuid,
    requested_start timestamptz,
    used_at timestamptz NOT NULL,
    CHECK (num_nonnulls(invitee_id, submission_id, requested_start) = CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END)
);
CREATE INDEX form_tokens_by_use ON form_tokens (used_at);
