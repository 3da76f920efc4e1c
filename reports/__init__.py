"""What people read: the words for verdicts and the report page."""
