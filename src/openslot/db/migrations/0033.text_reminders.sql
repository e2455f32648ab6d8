ALTER TABLE event_types
    -- Whether pages ask for a number for reminders by text message
    ADD COLUMN text_reminders boolean NOT NULL DEFAULT false;
