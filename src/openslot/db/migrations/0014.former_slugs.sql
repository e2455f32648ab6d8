-- Addresses that were given up: they lead to the new ones for good. A user's page, or one of the user's event types.
CREATE TABLE former_slugs (
    slug text NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    -- NULL: of the user's page
    event_type_id uuid,
    given_up_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (slug, user_id, event_type_id),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id)
);
-- A page's is given to nobody else.
CREATE UNIQUE INDEX former_slugs_of_pages ON former_slugs (slug) WHERE event_type_id IS NULL;
