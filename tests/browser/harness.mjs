// @ts-check
/**
 * The editor without ComfyUI. What the page shows is said in its address:
 *
 *   width, height   size of the node in CSS pixels (640 x 560); scale = CSS zoom of the node, as of ComfyUI's canvas
 *   large           fill the window, as the overlay does
 *   theme           dark or light
 *   document        a motion document, or the name of one of the pack's examples
 *   picture         balloon, boat, pinwheel or none; picture_width, picture_height, variation
 *   length          frames
 *   language        of the editor's texts, as ComfyUI calls it (en)
 *   masks           names of MASKs the host connects: disc, left (separated by commas)
 *   prefer          2d or webgl2: which player
 *   plate           with only=player: also what is behind the moving layers
 *   seen            with only=player: the field is requested with the picture
 *   only            player: the player on a canvas of the picture's own size, without an editor
 *
 * `window.harness` holds what the tests need; `harness.ready` is a promise, `harness.missing` says what did not load.
 */

const asked = new URLSearchParams(location.search);
const node = /** @type {HTMLElement} */ (document.getElementById("node"));
const corner = /** @type {HTMLElement} */ (document.getElementById("missing"));
const missing = /** @type {string[]} */ ([]);

/** @param {string} name @param {number} usual */
const number = (name, usual) => Number(asked.get(name) ?? usual);

/** What did not load, in the corner. @param {string} sentence */
function say(sentence) {
  missing.push(sentence);
  corner.textContent = missing.join("\n");
}

/** A module of the editor, or null while it is not there. @param {string} name */
async function module(name) {
  try {
    return await import(`/js/editor/${name}.mjs`);
  } catch (error) {
    say(`${name}.mjs: ${error}`);
    return null;
  }
}

/** @param {any} harness */
function makeHost(harness) {
  const masks = (asked.get("masks") ?? "").split(",").filter(Boolean);
  return {
    id: "harness",
    isLarge: asked.has("large"),
    /** @type {any[]} */ posted: [],
    /** @param {string} path @param {any} body @param {AbortSignal} [signal] */
    post(path, body, signal) {
      this.posted.push({ path, body });
      const headers = { "Content-Type": "application/json" };
      return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
    },
    /** @param {string} path @param {RequestInit} [options] */
    fetch: (path, options) => fetch(path, options),
    masks: () => masks.map((name) => ({ filename: name, subfolder: "", type: "input", channel: "grey" })),
    depth: () => null,
    /** @param {Blob} file */
    async usePicture(file) {
      const image = await createImageBitmap(file);
      harness.session.setPicture({ image, width: image.width, height: image.height, label: "dropped" });
    },
    toggleLarge() {
      this.isLarge = !this.isLarge;
      node.classList.toggle("large", this.isLarge);
      harness.editor?.setLarge();
    },
  };
}

async function readPicture() {
  const name = asked.get("picture") ?? "balloon";
  if (name === "none") return null;
  const source = {
    kind: "example",
    name,
    width: number("picture_width", 640),
    height: number("picture_height", 360),
    variation: number("variation", 0),
  };
  const answer = await fetch("/flowbrush/picture", {
    method: "POST",
    body: JSON.stringify({ source, fit: null }),
  });
  if (!answer.ok) throw new Error(`picture: ${answer.status} ${await answer.text()}`);
  const image = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
  return { image, width: image.width, height: image.height, label: name, request: { source, fit: null } };
}

async function readDocument() {
  const text = asked.get("document") ?? "";
  if (!text || text.trimStart().startsWith("{")) return text;
  const answer = await fetch(`/document/${text}`);
  return answer.ok ? answer.text() : text;
}

/** The player by itself, one canvas pixel for each of the picture's. @param {any} harness @param {any} picture */
async function showPlayer(harness, picture, text) {
  const [players, formats] = [await module("player/player"), await module("player/field_format")];
  const canvas = document.createElement("canvas");
  canvas.width = number("width", picture.width);
  canvas.height = number("height", picture.height);
  canvas.style.cssText = `width: ${canvas.width}px; height: ${canvas.height}px`;
  document.body.replaceChildren(canvas, corner);
  const body = {
    document: text,
    length: number("length", 17),
    aspect: picture.width / picture.height,
    editor: "harness",
    serial: 1,
    masks: harness.host.masks(),
    depth: null,
    have: [],
    mask_side: number("mask_side", 640),
    flow: true,
    ...(asked.has("seen") && { picture: picture.request }),
  };
  const answer = await harness.host.post("/flowbrush/field", body);
  if (!answer.ok) throw new Error(`field: ${answer.status} ${await answer.text()}`);
  harness.field = formats.decodeField(await answer.arrayBuffer());
  const plates = asked.has("plate") ? await module("player/plate") : null;
  if (plates) {
    const plate = await harness.host.post("/flowbrush/plate", { ...body, picture: picture.request });
    if (!plate.ok) throw new Error(`plate: ${plate.status} ${await plate.text()}`);
    harness.whole = plates.withPlate(
      harness.field,
      await plates.decodePlate(await plate.arrayBuffer(), new Map()),
    );
  }
  harness.canvas = canvas;
  harness.player = players.createPlayer(canvas, { prefer: asked.get("prefer") });
  harness.player.setPicture(picture);
  harness.player.setField(harness.field, harness.whole);
  await harness.player.ready;
  harness.draw = (/** @type {number} */ time, options = {}) =>
    harness.player.draw({
      time,
      view: { matrix: [canvas.width, canvas.height, 0, 0] },
      pixelRatio: 1,
      holes: true,
      onion: false,
      background: "#202020",
      ...options,
    });
  harness.draw(number("time", 0));
}

/** @param {any} harness @param {string} text */
async function showEditor(harness, text) {
  const [editors, dom] = [await module("editor"), await module("dom/dom")];
  if (editors) {
    await dom.loadStyle("editor.css");
    const language = asked.get("language");
    if (language) await (await module("dom/speak")).speak(language);
    harness.editor = new editors.Editor(harness.host, text);
    harness.session = harness.editor.session;
    node.append(harness.editor.element);
    harness.editor.setLarge();
    return;
  }
  // Without the panels: the stage alone.
  const [sessions, stages, players] = [
    await module("document/session"),
    await module("stage/stage"),
    await module("player/player"),
  ];
  if (!sessions) return;
  harness.session = new sessions.Session(text);
  if (!stages || !players) return;
  const player = players.createPlayer(document.createElement("canvas"), { prefer: asked.get("prefer") });
  harness.stage = new stages.Stage(harness.session, player, harness.host);
  node.append(harness.stage.element);
}

async function start() {
  document.documentElement.classList.toggle("light", asked.get("theme") === "light");
  node.classList.toggle("large", asked.has("large"));
  node.style.width = `${number("width", 640)}px`;
  node.style.height = `${number("height", 560)}px`;
  node.style.transform = `scale(${number("scale", 1)})`;
  const harness = /** @type {any} */ (window).harness;
  harness.host = makeHost(harness);
  const [picture, text] = await Promise.all([readPicture(), readDocument()]);
  if (asked.get("only") === "player") return showPlayer(harness, picture, text);
  await showEditor(harness, text);
  harness.session?.setLength(number("length", 17));
  if (picture) harness.session?.setPicture(picture);
}

const harness = { missing, ready: /** @type {Promise<void> | null} */ (null) };
Object.assign(window, { harness });
harness.ready = start().catch((error) => say(String(error?.stack ?? error)));
