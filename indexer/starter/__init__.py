"""The scripts that make the two starter encoders, so that anyone can make them again."""
