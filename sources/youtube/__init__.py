"""YouTube: public counters through the Data API, and the owner's daily reports through the Analytics API."""
