// @ts-check
/** How the selected layer sways at its anchor, and how what it shows flows along its arrows. */

import { editLayer } from "../commands/layer_actions.mjs";
import { dump } from "../document/document.mjs";
import { changeMotion } from "../document/motion_edits.mjs";
import { button, h } from "../dom/dom.mjs";
import { refusalText } from "../dom/refusal.mjs";
import { segments } from "../dom/segments.mjs";

/** @import { Flow, Motion, MotionPart, Sway } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {import("./motion_panel.mjs").ValueOptions} ValueOptions */
/**
 * @typedef {(session: Session, options: ValueOptions, get: (motion: Motion) => number, partial: (value: number) => MotionPart)
 *   => HTMLElement} ValueSlider
 */

/** @type {[kind: Sway["kind"], label: string, about: string][]} */
const KINDS = [
  ["wind", "Wind", "Sways in a wind with gusts, like hair, grass and flags"],
  ["release", "Let go", "Is pulled, let go, and swings until it rests"],
  ["pendulum", "Pendulum", "Swings about its anchor without bending"],
  ["breathe", "Breathing", "Grows and shrinks gently about its middle"],
  ["jelly", "Jelly", "Is squeezed, let go, and wobbles"],
];

/** @param {Session} session @param {ValueSlider} valueSlider @param {() => Motion | null} motionOf @returns {HTMLElement[]} */
export function swayControls(session, valueSlider, motionOf) {
  /** @param {"amount" | "speed" | "damping" | "gust"} member @param {number} factor @param {ValueOptions} options */
  const swaySlider = (member, factor, options) =>
    valueSlider(
      session,
      { low: 0, ...options },
      ({ sway }) => sway[member] * factor,
      (value) => ({ sway: { [member]: value / factor } }),
    );
  const kinds = KINDS.map(([kind, label, about]) =>
    button("", label, () => editLayer(session, "sway", changeMotion, { sway: { kind } }), {
      label,
      about,
      pressed: () => motionOf()?.sway.kind === kind,
    }),
  );
  const uses = (/** @type {string[]} */ ...kinds) => kinds.includes(motionOf()?.sway.kind ?? "");
  return [
    swaySlider("amount", 100, {
      name: "Sway",
      about: "How far the free end of the region goes from where it is; its lower edge stays",
      high: 20,
      limits: [0, 50],
      step: 0.5,
      curve: 2,
      unit: "%",
    }),
    h(
      "div",
      { class: "nested", hidden: () => !motionOf()?.sway.amount },
      h("div", { class: "line" }, segments("Kind of sway", kinds)),
      swaySlider("speed", 1, {
        name: "Swings",
        about: "How often it swings over the clip",
        high: 12,
        limits: [0, 50],
        reset: 3,
        step: 0.5,
      }),
      h(
        "div",
        { hidden: () => !uses("release", "jelly") },
        swaySlider("damping", 100, {
          name: "Damping",
          about: "How soon it rests",
          high: 100,
          reset: 10,
          unit: "%",
        }),
      ),
      h(
        "div",
        { hidden: () => !uses("wind") },
        swaySlider("gust", 100, {
          name: "Gusts",
          about: "How much the wind rises and falls",
          high: 100,
          reset: 50,
          unit: "%",
        }),
      ),
    ),
  ];
}

/**
 * Lets the selected layer's flow go whole periods of what repeats in the picture along it.
 * @param {Session} session @param {import("../parts").Host} host
 */
async function findPeriod(session, host) {
  const { document, picture, selection } = session;
  if (!picture?.request) return session.notice("Connect a picture first; the period is found in it.");
  const { layer } = selection;
  const body = {
    document: dump(document),
    layer,
    picture: picture.request,
    masks: host.masks(),
    editor: host.id,
  };
  try {
    const answer = await host.post("/flowbrush/period", body, new AbortController().signal);
    if (!answer.ok) throw new Error(await refusalText(answer));
    const { flow } = await answer.json();
    if (session.document !== document || session.selection.layer !== layer) return;
    if (!flow) return session.notice("Nothing repeats in the picture along this flow.");
    editLayer(session, "flow", changeMotion, { flow });
    session.notice("The flow goes whole periods of the picture, so both copies show the same.");
  } catch (error) {
    session.notice(`The period was not found: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * @param {Session} session @param {import("../parts").Host} host @param {ValueSlider} valueSlider
 * @param {() => Motion | null} motionOf @returns {HTMLElement[]}
 */
export function flowControls(session, host, valueSlider, motionOf) {
  /** @param {keyof Flow} member @param {ValueOptions} options */
  const flowSlider = (member, options) =>
    valueSlider(
      session,
      { unit: "%", ...options },
      ({ flow }) => flow[member] * 100,
      (value) => ({ flow: { [member]: value / 100 } }),
    );
  return [
    flowSlider("speed", {
      name: "Flow",
      about:
        "Flows along the arrows for ever, as water and smoke do: the way over the clip, in percent of the short side",
      limits: [-1000, 1000],
    }),
    h(
      "div",
      { class: "nested", hidden: () => !motionOf()?.flow.speed },
      flowSlider("reach", {
        name: "Reach",
        about:
          "How far one copy goes before it is cross-faded with the next; longer shows fewer, wider fades",
        low: 1,
        high: 20,
        limits: [0.5, 50],
        reset: 8,
        step: 0.5,
      }),
      h(
        "div",
        { class: "line" },
        button("", "Find the period", () => findPeriod(session, host), {
          label: "Find the period",
          about:
            "Looks for what repeats in the picture along the arrows, such as steps or waves; the flow then goes whole periods, and its fades cannot be seen",
        }),
      ),
      flowSlider("hold", {
        name: "Hold",
        about: "How wide the edge is in which the flow comes to rest",
        low: 0,
        high: 20,
        limits: [0, 50],
        reset: 3,
        step: 0.5,
      }),
    ),
  ];
}
