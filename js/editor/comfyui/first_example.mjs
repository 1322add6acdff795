// @ts-check
// Opens the first example, as ComfyUI's template browser does, whose cards cannot be reached by keys.

/** @import { ComfyApi, ComfyApp } from "./litegraph" */

const NAME = "start_here";

/** @param {ComfyApp} app @param {ComfyApi} api */
export async function openFirstExample(app, api) {
  const packs = Object.entries((await api.getWorkflowTemplates?.()) ?? {});
  const [pack] = packs.find(([, names]) => names.includes(NAME) && names.includes("motion_brush")) ?? [];
  const answer = await api.fetchApi(`/workflow_templates/${encodeURIComponent(pack ?? "")}/${NAME}.json`);
  if (!answer.ok) throw new Error(`ComfyUI answered ${answer.status} for the example ${NAME}`);
  await app.loadGraphData?.(await answer.json(), true, true, NAME, { openSource: "template" });
}
