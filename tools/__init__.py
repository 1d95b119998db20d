"""Tools to build, measure and test this project."""
