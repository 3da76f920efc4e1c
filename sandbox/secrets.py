"""What the simulated providers accept, under the names that the demo's plan gives them. They guard nothing."""

SECRETS = {
    "DEMO_GOOGLE_CLIENT_SECRET": "GOCSPX-riverside-demo",
    "DEMO_GOOGLE_REFRESH_TOKEN": "1//0riverside-refresh",
    "DEMO_YOUTUBE_KEY": "riverside-demo-key-0123456789abcdef",
    "DEMO_MATOMO_TOKEN": "5f4c1d0b7a9e3c2d8b6f0a1e4d7c9b2a",
    "DEMO_PLAUSIBLE_KEY": "riverside-stats-key-9d1f4e",
    "DEMO_UMAMI_KEY": "api_riverside_8c7d6e5f4a3b",
    "DEMO_META_TOKEN": "riverside-page-token-0123456789",
    "DEMO_MASTODON_TOKEN": "riverside-mastodon-token",
    "DEMO_VEA_SECRET": "vea-demo-secret-0815",
    "DEMO_TRAFSYS_PASSWORD": "trafsys-demo-password",
    "DEMO_SUSHI_CUSTOMER": "riverside-customer-4711",
    "DEMO_SUSHI_REQUESTOR": "riverside-requestor-0815",
    "DEMO_SUSHI_KEY": "riverside-counter-key-77",
    "DEMO_BOOKINGS_TOKEN": "bookings-demo-token",
}
