"""The motion documents of the example graphs, painted for the pictures of Example Image."""

DRIFTING_BALLOON = """\
{"flowbrush": "motion", "version": 1,
 "layers": [
  {"name": "clouds", "color": "#4aa3df", "order": 0,
   "region": {"polygons": [{"points": [[-0.2, -0.2], [1.2, -0.2], [1.2, 0.38], [-0.2, 0.38]]}], "feather": 0.2},
   "motion": {"horizontal": -0.05}},
  {"name": "small balloons", "color": "#7bd389", "order": 1,
   "region": {"strokes": [{"radius": 0.075, "points": [[0.14, 0.34], [0.14, 0.37]]},
                          {"radius": 0.05, "points": [[0.835, 0.2], [0.835, 0.225]]}]},
   "motion": {"horizontal": 0.03, "vertical": -0.04, "ease": "ease_in_out"}},
  {"name": "balloon", "color": "#ff7a3d", "order": 2,
   "region": {"strokes": [{"radius": 0.22, "points": [[0.502, 0.342]]}],
              "polygons": [{"points": [[0.31, 0.44], [0.695, 0.44], [0.6, 0.61], [0.545, 0.66], [0.54, 0.758],
                                       [0.463, 0.758], [0.458, 0.66], [0.405, 0.61]]}],
              "grow": 0.005, "feather": 0.006},
   "motion": {"paths": [{"points": [[0.5, 0.42], [0.55, 0.37], [0.62, 0.36]]}], "rotation": 3, "ease": "ease_in_out"}}]}
"""

CLOUDS = """\
{"flowbrush": "motion", "version": 1,
 "layers": [
  {"name": "clouds", "color": "#4aa3df",
   "region": {"polygons": [{"points": [[-0.2, -0.2], [1.2, -0.2], [1.2, 0.38], [-0.2, 0.38]]}], "feather": 0.2},
   "motion": {"horizontal": -0.08}},
  {"name": "balloons, which only the camera moves", "color": "#ff7a3d", "order": 1,
   "region": {"strokes": [{"radius": 0.225, "points": [[0.502, 0.342]]},
                          {"radius": 0.08, "points": [[0.14, 0.34], [0.14, 0.37]]},
                          {"radius": 0.055, "points": [[0.835, 0.2], [0.835, 0.225]]}]}}]}
"""

BOAT_AND_WATER = """\
{"flowbrush": "motion", "version": 1,
 "layers": [
  {"name": "boat and its reflection", "color": "#ff7a3d",
   "region": {"polygons": [{"points": [[0.46, 0.2], [0.56, 0.2], [0.77, 0.585], [0.74, 0.72], [0.7, 1.1],
                                       [0.33, 1.1], [0.29, 0.72], [0.285, 0.585], [0.34, 0.5]]}], "feather": 0.01},
   "motion": {"horizontal": 0.12, "ease": "ease_in_out"}}]}
"""
