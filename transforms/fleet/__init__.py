"""What many libraries have in common: totals, rates, and a comparison that allows for luck."""
