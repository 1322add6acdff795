"""The motion documents of the example graphs, painted in the Motion Brush editor on the pictures of Example Image."""

DRIFTING_BALLOON = """\
{
  "flowbrush": "motion",
  "version": 2,
  "layers": [
    {
      "name": "clouds",
      "color": "#ff5d5d",
      "region": {
        "polygons": [
          {
            "points": [
              [-0.2001, -0.1999], [1.1996, -0.1999], [1.1996, 0.3604], [0.6997, 0.3805],
              [0.2998, 0.3805], [-0.2001, 0.3604]
            ]
          }
        ],
        "feather": 0.18
      },
      "motion": {"horizontal": -0.05}
    },
    {
      "name": "small balloons",
      "color": "#3fa7ff",
      "region": {
        "strokes": [
          {"points": [[0.1399, 0.335, 1], [0.1399, 0.365, 1]], "radius": 0.072},
          {"points": [[0.8347, 0.2, 1], [0.8347, 0.228, 1]], "radius": 0.048}
        ]
      },
      "motion": {"paths": [{"points": [[0.1399, 0.34], [0.1649, 0.3]]}], "ease": "ease_in_out"}
    },
    {
      "name": "balloon",
      "color": "#5fd35f",
      "region": {
        "polygons": [
          {
            "points": [
              [0.3098, 0.4498], [0.6898, 0.4498], [0.5998, 0.5998], [0.5448, 0.6647],
              [0.5398, 0.7547], [0.4628, 0.7547], [0.4578, 0.6647], [0.4048, 0.5998]
            ]
          }
        ],
        "strokes": [{"points": [[0.4998, 0.3419, 1], [0.5028, 0.3419, 1]], "radius": 0.218}],
        "grow": 0.012
      },
      "motion": {
        "paths": [{"points": [[0.4998, 0.4198], [0.5548, 0.3749], [0.6198, 0.3599]]}],
        "rotation": 3,
        "ease": "ease_in_out"
      }
    }
  ]
}
"""

CLOUDS = """\
{
  "flowbrush": "motion",
  "version": 2,
  "layers": [
    {
      "name": "clouds",
      "color": "#ff5d5d",
      "region": {
        "polygons": [
          {
            "points": [
              [-0.2001, -0.1999], [1.1996, -0.1999], [1.1996, 0.3604], [0.6997, 0.3805],
              [0.2998, 0.3805], [-0.2001, 0.3604]
            ]
          }
        ],
        "feather": 0.18
      },
      "motion": {"horizontal": -0.08}
    },
    {
      "name": "balloons, which only the camera moves",
      "color": "#3fa7ff",
      "region": {
        "strokes": [
          {"points": [[0.5018, 0.342, 1], [0.5038, 0.342, 1]], "radius": 0.223},
          {"points": [[0.1399, 0.34, 1], [0.1399, 0.37, 1]], "radius": 0.078},
          {"points": [[0.8347, 0.2, 1], [0.8347, 0.225, 1]], "radius": 0.053}
        ]
      }
    }
  ]
}
"""

BOAT_AND_WATER = """\
{
  "flowbrush": "motion",
  "version": 2,
  "layers": [
    {
      "name": "boat and its reflection",
      "color": "#ff5d5d",
      "region": {
        "polygons": [
          {
            "points": [
              [0.4598, 0.2003], [0.5597, 0.2003], [0.6597, 0.4004], [0.7697, 0.5856],
              [0.7397, 0.7206], [0.7197, 0.8507], [0.6997, 1.1009], [0.3298, 1.1009],
              [0.2998, 0.8507], [0.2898, 0.7206], [0.2848, 0.5856], [0.3398, 0.5005],
              [0.4198, 0.3204], [0.4598, 0.2003]
            ]
          }
        ]
      },
      "motion": {"paths": [{"points": [[0.4998, 0.5502], [0.6198, 0.5502]]}], "ease": "ease_in_out"}
    }
  ]
}
"""

BALLOON_ALONE = """\
{
  "flowbrush": "motion",
  "version": 2,
  "layers": [
    {
      "name": "balloon",
      "color": "#5fd35f",
      "region": {
        "polygons": [
          {
            "points": [
              [0.3098, 0.4498], [0.6898, 0.4498], [0.5998, 0.5998], [0.5448, 0.6647],
              [0.5398, 0.7547], [0.4628, 0.7547], [0.4578, 0.6647], [0.4048, 0.5998]
            ]
          }
        ],
        "strokes": [{"points": [[0.4998, 0.3419, 1], [0.5028, 0.3419, 1]], "radius": 0.218}],
        "grow": 0.012
      },
      "motion": {
        "paths": [{"points": [[0.4998, 0.4198], [0.4498, 0.4698], [0.3798, 0.4898]]}],
        "rotation": -4,
        "proximity": -0.2,
        "ease": "ease_in_out"
      }
    }
  ]
}
"""
