// @ts-check

/** Why the server refused a request, as one sentence for the artist. @param {Response} response */
export async function refusalText(response) {
  const error = (await response.json().catch(() => null))?.error;
  if (typeof error === "string") return error;
  if (error?.sentence) return error.place ? `${error.place}: ${error.sentence}` : error.sentence;
  return `ComfyUI answered ${[response.status, response.statusText].filter(Boolean).join(" ")}.`;
}
