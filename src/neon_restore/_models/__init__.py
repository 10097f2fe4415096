"""Values: what the API returns, points in time, plans and results."""
