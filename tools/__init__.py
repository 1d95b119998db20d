"""What building, measuring and proving this project needs beside the package itself."""
