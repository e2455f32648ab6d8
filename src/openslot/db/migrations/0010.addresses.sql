-- Addresses that ASCII does not hold, few of all: among them are those stored before invisible characters were left out.
-- Whoever looks for an address reads these and compares them letter by letter (ADR 0019).
CREATE INDEX invitees_by_other_letters ON invitees (organization_id, email)
    WHERE octet_length(email) > char_length(email);
CREATE INDEX guests_by_other_letters ON guests (organization_id, email)
    WHERE octet_length(email) > char_length(email);
