// @ts-check

/**
 * A module that is loaded when it is first needed. Once it has loaded, `use` calls its function without delay, so
 * that commands take effect in the order in which they are given. `await import()` would delay each of them by
 * several tasks. @template M
 */
export class LaterModule {
  #load;
  /** @type {M | null} */ #module = null;
  /** @type {Promise<M> | null} */ #loading = null;

  /** @param {() => Promise<M>} load */
  constructor(load) {
    this.#load = load;
  }

  /** The module, where it has loaded. */
  get loaded() {
    return this.#module;
  }

  /** Begins to load the module. @returns {Promise<M>} */
  load() {
    this.#loading ??= this.#load().then(
      (module) => (this.#module = module),
      (error) => {
        this.#loading = null; // so that the next use tries again
        throw error;
      },
    );
    return this.#loading;
  }

  /**
   * Calls a function with the module, at once or when it has loaded. Where it does not load, a notice says so.
   * @param {import("./session.mjs").Session} session @param {(module: M) => unknown} use
   */
  use(session, use) {
    if (this.#module) use(this.#module);
    else
      this.load().then(use, (error) => session.notice(`A part of the editor did not load: ${error.message}`));
  }
}
