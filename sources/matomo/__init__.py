"""Matomo: visits and page views of a site, through the Reporting API."""
