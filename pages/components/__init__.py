"""What Streamlit has no widget for: canvas, editor, film and tree, each a folder with its HTML, CSS and JavaScript."""
