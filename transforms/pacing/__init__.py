"""Expected values by open days, season and path, and how an indicator compares with them."""
