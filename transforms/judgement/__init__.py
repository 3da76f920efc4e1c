"""From the path and what is known to a verdict: findings, their precedence, and the history of verdicts."""
