"""Pictures of branches and their timelines, drawn from the model's own state.

Time goes to the right, and the instants are set at equal distances: their order is true, their
spacing is not. A branch is drawn as one line for each of its databases, and a mark on a line is a
commit. The description that a picture carries for those who do not see it is made from the same
rows. Colours and sizes come from the page: the SVG names classes.
"""

from tools.pictures.draw import draw
from tools.pictures.legend import legend_of_lines, legend_of_marks
from tools.pictures.rows import CommitLog

__all__ = ["CommitLog", "draw", "legend_of_lines", "legend_of_marks"]
