// @ts-check
// Makes room for a node that is larger than the one whose place it took.

/** @import { GraphGroup, GraphNode } from "./litegraph" */
/** @typedef {{pos: number[], size: number[]}} Box */

const TITLE = 30; // px of a node's title, which lies above its position
const GAP = 50; // px between nodes, and below the last node of a group

/** @param {Box} box */
const bottom = ({ pos, size }) => pos[1] + size[1];

/** Whether one box is above or below another. @param {Box} a @param {Box} b */
const inOneColumn = (a, b) => a.pos[0] < b.pos[0] + b.size[0] && b.pos[0] < a.pos[0] + a.size[0];

/** Whether a point lies in a box. @param {Box} box @param {number[]} point */
const holds = ({ pos, size }, [x, y]) =>
  x >= pos[0] && y >= pos[1] && x < pos[0] + size[0] && y < pos[1] + size[1];

/** Moves the nodes below a node down until it covers none, and lengthens the group around it. @param {GraphNode} node */
export function makeRoom(node) {
  const { nodes = [], groups = [] } = node.graph ?? {};
  const group = groups.find((each) => holds(each, node.pos));
  const below = nodes
    .filter((each) => each !== node && inOneColumn(each, node) && each.pos[1] >= node.pos[1])
    .filter((each) => !group || holds(group, each.pos))
    .sort((a, b) => a.pos[1] - b.pos[1]);
  let end = bottom(node);
  for (const each of below) {
    const top = Math.max(each.pos[1], end + TITLE + GAP);
    if (top > each.pos[1]) each.pos = [each.pos[0], top];
    end = bottom(each);
  }
  if (group) lengthen(group, end + GAP, nodes, groups);
}

/**
 * Lengthens a group to a bottom edge; what is below it moves down.
 * @param {GraphGroup} group @param {number} end @param {GraphNode[]} nodes @param {GraphGroup[]} groups
 */
function lengthen(group, end, nodes, groups) {
  const before = bottom(group);
  if (end <= before) return;
  group.size = [group.size[0], end - group.pos[1]];
  const lower = groups.filter((each) => inOneColumn(each, group) && each.pos[1] >= before);
  const alone = nodes.filter((each) => inOneColumn(each, group) && each.pos[1] >= before);
  const within = nodes.filter((each) => lower.some((one) => holds(one, each.pos)));
  for (const each of new Set([...within, ...alone, ...lower]))
    each.pos = [each.pos[0], each.pos[1] + end - before];
}
