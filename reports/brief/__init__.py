"""The brief: one page for senior management, as PDF and HTML, from the published tables."""
