"""The scorecard: a folder of static pages, made from the published tables, that asks nothing of any other place."""
