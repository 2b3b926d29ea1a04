"""Everything that starts something: `/lane`, forms, shortcut, mention, direct message, events."""
