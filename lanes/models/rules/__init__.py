"""What the offline model knows: one file a lane, each a pure function from what was seen to the next step."""
