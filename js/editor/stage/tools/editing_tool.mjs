// @ts-check
// What the tools that edit share: a gesture is one undo step, begins at the first frame, and edits a layer that may
// be edited.
import * as edits from "../../document/edits.mjs";
import { distance } from "../../geometry/vec.mjs";
import { Tool } from "./tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { DocumentEdit, Point } from "../../types" */

export class EditingTool extends Tool {
  /** The distance in CSS px between two document points. @param {Point} a @param {Point} b */
  distance(a, b) {
    const { view } = this;
    return distance(view.toStage(a), view.toStage(b));
  }

  /** Begins a gesture. The clip goes to its first frame, except under a moved camera, where the place under the pointer must stay there. */
  begin() {
    const { session } = this;
    const first = session.playing || this.view === this.stage.view;
    session.setPlaying(false);
    if (first) session.setTime(0);
    session.begin();
  }

  /**
   * The layer that a new shape or path goes to: the selected one, or a new one that `prepare` adds. The index is -1
   * where the layer may not be edited, and a notice has said why. @param {boolean} [create]
   * @returns {{layer: number, prepare: DocumentEdit}}
   */
  target(create = true) {
    const { document, selection } = this.session;
    if (document.layers[selection.layer])
      return { layer: this.session.editableLayer(), prepare: (same) => same };
    if (create) return { layer: document.layers.length, prepare: (before) => edits.addLayer(before) };
    this.session.notice("Select a layer to erase from.");
    return { layer: -1, prepare: (same) => same };
  }

  /**
   * Applies a whole edit as one undo step. @param {number} layer @param {DocumentEdit} edit @param {string} label
   * @param {number | null} [path] the path to select afterwards
   */
  commit(layer, edit, label, path = null) {
    this.begin();
    this.session.change(edit);
    this.session.select({ layer, path, point: null });
    this.session.end(label);
  }

  /** Whether a shape erases. @param {Contact} contact */
  erases(contact) {
    return contact.erase || this.name === "eraser" || this.session.options.mode === "erase";
  }
}
