-- The order of the list of an organization's members.
CREATE INDEX organization_memberships_by_creation ON organization_memberships (organization_id, created_at, id);
