"""How far along its path an indicator should be: season, open days, goals."""
