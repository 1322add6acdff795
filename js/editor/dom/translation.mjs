// @ts-check
/** Translates by a table from English texts, in which {0}, {1} and so on stand for values. */

const PLACE = /\{(\d)\}/;
const MOST_KNOWN = 2000; // texts that are remembered; those with a frame's number have many forms
// Texts whose first value is a name of the artist's or of a file, which is not translated.
const NAMED =
  /“\{0\}|motion of \{0\}|^\{0\}(, frozen|, hidden|, timing| frozen| moves|: | was | is |\nDouble| cannot)/;

/** @typedef {{match: RegExp, order: number[], text: string, named: boolean, open: boolean}} Pattern open: it begins with a value */

export class Translation {
  #exact = /** @type {Map<string, string>} */ (new Map());
  #lower = /** @type {Map<string, string>} */ (new Map());
  #patterns = /** @type {Pattern[]} */ ([]);
  #known = /** @type {Map<string, string>} */ (new Map());

  /** @param {Record<string, string>} table */
  constructor(table) {
    for (const [english, text] of Object.entries(table)) {
      this.#exact.set(english, text);
      const small = english.toLowerCase();
      if (!this.#lower.has(small) || english === small) this.#lower.set(small, text);
      if (PLACE.test(english)) this.#patterns.push(patternOf(english, text));
    }
    // "Undo {0}" before "{0} layer", and of the others the longest first, "{0}, frozen, hidden" before "{0}, hidden".
    this.#patterns.sort(
      (a, b) => Number(a.open) - Number(b.open) || b.match.source.length - a.match.source.length,
    );
  }

  /** A text in the language of the table; the text itself where the table does not have it. @param {string} text */
  of(text) {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const found = /[a-z]/i.test(text) ? (this.#find(text) ?? text) : text;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(text, found);
    return found;
  }

  /** @param {string} text @returns {string | undefined} */
  #find(text) {
    return (
      this.#exact.get(text) ??
      this.#lower.get(text.toLowerCase()) ??
      this.#byPattern(text) ??
      this.#parts(text, "\n") ??
      this.#withKeys(text) ??
      this.#list(text)
    );
  }

  /** @param {string} text */
  #byPattern(text) {
    for (const { match, order, text: target, named } of this.#patterns) {
      const found = match.exec(text);
      if (!found) continue;
      const values = /** @type {Record<string, string>} */ ({});
      order.forEach((place, index) => {
        const value = found[index + 1];
        values[place] = named && place === 0 ? value : this.of(value);
      });
      return target.replace(/\{(\d)\}/g, (_, place) => values[place]);
    }
    return undefined;
  }

  /** A tooltip of several lines. @param {string} text @param {string} between */
  #parts(text, between) {
    const parts = text.split(between);
    return parts.length > 1 ? parts.map((part) => this.of(part)).join(between) : undefined;
  }

  /** A name with its keys behind it: "Brush (B)". @param {string} text */
  #withKeys(text) {
    const found = /^(.+) (\([^()]+\))$/.exec(text);
    const name = found && this.#find(found[1]);
    return name ? `${name} ${found[2]}` : undefined;
  }

  /** Several names in one text: "Previous frame, next frame". @param {string} text */
  #list(text) {
    if (!text.includes(", ")) return undefined;
    const parts = text.split(", ").map((part) => this.#find(part));
    return parts.every((part) => part !== undefined) ? parts.join(", ") : undefined;
  }
}

/** @param {string} english @param {string} text @returns {Pattern} */
function patternOf(english, text) {
  const pieces = english.split(/\{(\d)\}/);
  const source = pieces.map((piece, index) =>
    index % 2 ? "([^\\n]*?)" : piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  const order = pieces.filter((_, index) => index % 2).map(Number);
  return {
    match: new RegExp(`^${source.join("")}$`),
    order,
    text,
    named: NAMED.test(english),
    open: english.startsWith("{"),
  };
}
