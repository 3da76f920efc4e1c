"""Alerts and notices: evidence against luck, alert states, and whom to notify."""
