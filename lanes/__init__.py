"""The conductor: `core` decides with values alone, the rest of this floor performs what it decided."""
