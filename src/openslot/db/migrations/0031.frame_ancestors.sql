-- The sites that may show an organization's booking pages within theirs (ADR 0044); NULL: any
ALTER TABLE organizations ADD COLUMN frame_ancestors text[] CHECK (cardinality(frame_ancestors) <= 100);
