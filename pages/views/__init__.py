"""The parts of pages, a folder for each page that has parts, and for what several pages show."""
