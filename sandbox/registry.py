"""The simulated providers by path. A module is imported on the first request to it."""

PROVIDERS: dict[str, str] = {
    "/google/ga4": "sandbox.google.analytics:Analytics",
    "/google/oauth2": "sandbox.google.oauth2:OAuth2",
    "/google/sheets": "sandbox.google.sheets:Sheets",
    "/google/youtube": "sandbox.google.youtube:YouTube",
    "/google/youtube-analytics": "sandbox.google.youtube_analytics:YouTubeAnalytics",
    "/matomo": "sandbox.matomo:Matomo",
    "/plausible": "sandbox.plausible:Plausible",
    "/umami": "sandbox.umami:Umami",
    "/graph": "sandbox.graph:Graph",
    "/mastodon": "sandbox.mastodon:Mastodon",
    "/bluesky": "sandbox.bluesky:Bluesky",
    "/vea": "sandbox.vea:Vea",
    "/sushi": "sandbox.sushi:Sushi",
    "/trafsys": "sandbox.trafsys:Trafsys",
    "/bookings": "sandbox.bookings:Bookings",
}
"""Prefix to ``module:Class``."""
