"""What people read: the scorecard, the brief, and notices with their delivery."""
