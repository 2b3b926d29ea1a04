"""Who somebody is to a lane, who stands in for whom, and calling them."""
