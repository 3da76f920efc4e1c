"""Umami: page views, visits and visitors of a web site, in the cloud or on a server of one's own."""
