// @ts-check
// What can be read from a node about its inputs without following their links.

/** @import { GraphNode } from "./litegraph" */

/** The index of a named input, or -1. @param {GraphNode} node @param {string} name */
export const inputIndex = (node, name) => node.inputs?.findIndex((input) => input.name === name) ?? -1;

/** Whether something is linked to a named input. @param {GraphNode} node @param {string} name */
export const isLinked = (node, name) => node.inputs?.[inputIndex(node, name)]?.link != null;

/** The value of a named widget. @param {GraphNode} node @param {string} name */
export const widgetValue = (node, name) => node.widgets?.find((widget) => widget.name === name)?.value;
