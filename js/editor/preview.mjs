// @ts-check
/** What play shows: the motion field and what is behind the moving layers, which the server computes. */

import { FieldClient } from "./player/field_client.mjs";

/** @typedef {import("./editor.mjs").Editor} Editor */

export class Preview {
  #editor;
  #asksPlates = false;
  #isGone = false;
  #plates = /** @type {import("./player/plate_client.mjs").PlateClient | null} */ (null);

  /** @param {Editor} editor */
  constructor(editor) {
    this.#editor = editor;
    const { session, host, stage } = editor;
    this.client = new FieldClient(session, host);
    this.client.on(() => {
      stage.field = this.client.field;
      this.#showField();
      editor.update();
    });
    this.client.start();
    this.startPlates();
  }

  /** Gives the field to the player, with what is behind its layers where that is known. */
  #showField() {
    const { player, stage } = this.#editor;
    const { field } = this.client;
    player.setField(field, this.#plates?.whole(field) ?? null);
    stage.invalidate();
  }

  /** Begins to ask for what is behind the moving layers when it is first to be seen. */
  startPlates() {
    const { session, host } = this.#editor;
    if (this.#asksPlates || !(session.playing || session.time > 0)) return;
    this.#asksPlates = true;
    import("./player/plate_client.mjs").then(
      ({ PlateClient }) => {
        if (!this.#isGone) this.#plates = new PlateClient(session, host, () => this.#showField());
      },
      (error) => this.#editor.reportFailure(error, () => (this.#asksPlates = false)),
    );
  }

  dispose() {
    this.#isGone = true;
    this.client.dispose();
    this.#plates?.dispose();
  }
}
