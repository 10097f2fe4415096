"""Draws pictures of branches and their timelines from the state of the sandbox's model.

Time runs to the right. Instants are in order, but at equal distances and not to scale. A branch has
one line for each of its databases, and a mark on a line is a commit. The alt text of a picture is
made from the same rows. Colors and sizes come from the page: the SVG names classes.
"""

from tools.pictures.draw import draw
from tools.pictures.legend import legend_of_lines, legend_of_marks
from tools.pictures.rows import CommitLog

__all__ = ["CommitLog", "draw", "legend_of_lines", "legend_of_marks"]
