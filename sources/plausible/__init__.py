"""Plausible Analytics: page views, visits and visitors of a site, through the Stats API."""
