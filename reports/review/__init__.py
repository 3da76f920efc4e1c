"""The page for the meeting about the plan: what is due for review, and what changed since the last one."""
