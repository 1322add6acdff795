import assert from "node:assert/strict";
import test from "node:test";
import { Translation } from "../../js/editor/dom/translation.mjs";

const german = new Translation({
  Brush: "Pinsel",
  "Add keyframe": "Keyframe hinzufügen",
  "add keyframe": "Keyframe anlegen",
  Fit: "Einpassen",
  "Original size": "Originalgröße",
  "Paint the region": "Den Bereich malen",
  "Undo {0}": "{0} rückgängig machen",
  "move {0}": "{0} verschieben",
  point: "Punkt",
  "“{0}” is hidden": "„{0}“ ist verborgen",
  "{0}, hidden": "{0}, verborgen",
  "{0}, frozen, hidden": "{0}, eingefroren, verborgen",
  "{0}, value": "{0}, Wert",
  "{0} stroke": "{0} Strich",
  "{0} layer": "Ebene {0}",
  delete: "Löschen",
  "delete layer": "Ebene löschen",
  "Keyframe {0} of {1}": "{1} Keyframes, Nr. {0}",
  "{0}\nDelete removes it": "{0}\nEntf löscht ihn",
});

test("texts, tooltips with keys and lines, and lists are translated", () => {
  assert.equal(german.of("Brush"), "Pinsel");
  assert.equal(german.of("Brush (B)"), "Pinsel (B)");
  assert.equal(german.of("Brush (B)\nPaint the region"), "Pinsel (B)\nDen Bereich malen");
  assert.equal(german.of("Fit, original size"), "Einpassen, Originalgröße");
});

test("values are put in at their places, and are translated unless they are names", () => {
  assert.equal(german.of("Keyframe 2 of 5"), "5 Keyframes, Nr. 2");
  assert.equal(german.of("Undo brush"), "Pinsel rückgängig machen");
  assert.equal(german.of("Undo move point"), "Punkt verschieben rückgängig machen");
  assert.equal(german.of("Undo add keyframe"), "Keyframe anlegen rückgängig machen");
  assert.equal(german.of("Undo delete layer"), "Ebene löschen rückgängig machen");
  assert.equal(german.of("Brush, value"), "Pinsel, Wert");
  assert.equal(german.of("Keyframe 1 of 2\nDelete removes it"), "2 Keyframes, Nr. 1\nEntf löscht ihn");
  assert.equal(german.of("“Brush” is hidden"), "„Brush“ ist verborgen");
  assert.equal(german.of("Brush, frozen, hidden"), "Brush, eingefroren, verborgen");
});

test("what the table does not have stays as it is, and is asked for once", () => {
  for (const text of ["12 / 17", "", "Something else", "A, b, and c", "1 stroke, x"]) {
    assert.equal(german.of(text), text);
    assert.equal(german.of(text), text);
  }
});

test("many texts with numbers do not stay in memory for ever", () => {
  for (let count = 0; count < 5000; count++) assert.equal(german.of(`${count} stroke`), `${count} Strich`);
  assert.equal(german.of("Brush"), "Pinsel");
});
