"""The brief: one page for senior management, as PDF and HTML, made from the published tables."""
