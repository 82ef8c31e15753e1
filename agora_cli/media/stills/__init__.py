"""One still picture, JPEG or PNG: its headers, what ails it, and its samples on a canvas."""
