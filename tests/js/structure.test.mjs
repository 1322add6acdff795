// Who imports whom: no circles between files, and between folders one direction.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPTS = fileURLToPath(new URL("../../js", import.meta.url));
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.[^"']+)\1/g;

/** The folders whose files each folder may import beside its own; "" is js/editor/ itself. */
const ALLOWED = {
  geometry: [],
  dom: [],
  document: ["geometry"],
  commands: ["document", "geometry", "dom"],
  player: ["document", "geometry", "dom"],
  stage: ["document", "geometry", "dom", "commands", "player"],
  panels: ["document", "geometry", "commands", "dom"],
  "": ["document", "geometry", "commands", "dom", "player", "stage", "panels"],
  comfyui: ["document", "geometry", "dom", "player", ""],
};

/** Code without its comments, in which types are imported. @param {string} source */
const withoutComments = (source) => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

/** What each module imports, now or later: paths below js/. @returns {Map<string, string[]>} */
function importGraph() {
  const files = readdirSync(SCRIPTS, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.m?js$/.test(name),
  );
  return new Map(
    files.map((name) => {
      const source = withoutComments(readFileSync(join(SCRIPTS, name), "utf8"));
      const imported = [...source.matchAll(IMPORT)].map((match) => join(dirname(name), match[2]));
      // ComfyUI's own scripts lie outside js/.
      return [name, imported.filter((path) => !path.startsWith(".."))];
    }),
  );
}

/** Groups of files that import one another, by Tarjan's algorithm. @param {Map<string, string[]>} graph */
function circles(graph) {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const found = [];
  const visit = (name) => {
    order.set(name, order.size);
    lowest.set(name, order.get(name));
    stack.push(name);
    for (const next of graph.get(name) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(name, Math.min(lowest.get(name), lowest.get(next)));
    }
    if (lowest.get(name) !== order.get(name)) return;
    const group = stack.splice(stack.indexOf(name));
    if (group.length > 1 || graph.get(name)?.includes(name)) found.push(group.sort());
  };
  for (const name of graph.keys()) if (!order.has(name)) visit(name);
  return found;
}

/** The folder of js/editor/ that a module lies in, null for the pack's entry. @param {string} name */
function folderOf(name) {
  const [editor, folder, ...rest] = name.split(sep);
  if (editor !== "editor") return null;
  return rest.length ? folder : "";
}

test("circles are found", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b", "d"]],
    ["d", []],
    ["e", ["e"]],
  ]);
  assert.deepEqual(circles(graph), [["b", "c"], ["e"]]);
});

test("every import names a file that exists", () => {
  const graph = importGraph();
  assert.ok(graph.size > 80);
  for (const [name, imported] of graph)
    for (const target of imported)
      assert.ok(graph.has(target), `${name} imports ${target}, which does not exist`);
});

test("no files import one another in a circle, neither at once nor later", () => {
  assert.deepEqual(circles(importGraph()), []);
});

test("each folder imports only the folders below it", () => {
  const wrong = [];
  for (const [name, imported] of importGraph()) {
    const folder = folderOf(name);
    if (folder === null) continue;
    assert.ok(folder in ALLOWED, `${name} lies in a folder that ALLOWED does not list`);
    for (const target of imported) {
      const other = folderOf(target);
      if (other !== folder && !ALLOWED[folder].includes(other)) wrong.push(`${name} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});
