"""The scorecard: a folder of static pages, made from the published tables, that loads nothing from anywhere else."""
