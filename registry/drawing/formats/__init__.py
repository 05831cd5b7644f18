"""The formats a picture is drawn in: a module for each file name ending, with `draw(scene, theme, marks, note)`."""
