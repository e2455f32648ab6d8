-- One person may be the admin of several groups and a member of one (contract, GroupRelationship).
CREATE UNIQUE INDEX group_members_of_one ON group_members (organization_id, user_id) WHERE role = 'member';
