// @ts-check
// Says on the page that the nodes of the pack did not load, and why.

/** @import { ComfyApi, ComfyApp } from "./litegraph" */

const REASON = /Flowbrush did not start: [^\n]*/g; // written to the log by the pack itself
const UNKNOWN =
  "ComfyUI could not load its nodes. The log of ComfyUI says why (Console, Logs). Usually a package is missing: install " +
  "those that requirements.txt in the folder of Flowbrush lists, and start ComfyUI again.";

/** @param {ComfyApp} app @param {ComfyApi} api */
export async function showImportProblem(app, api) {
  const answer = await fetch(api.internalURL?.("/logs") ?? "/internal/logs").catch(() => null);
  const log = answer?.ok ? String(await answer.json().catch(() => "")) : "";
  const said = [...log.matchAll(REASON)].at(-1)?.[0].replace("Flowbrush did not start: ", "");
  app.extensionManager?.toast.add({
    severity: "error",
    summary: "Flowbrush did not start",
    detail: said ?? UNKNOWN,
  });
}
