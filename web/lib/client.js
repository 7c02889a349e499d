/** Calls to the API of a shop. */

/** What went wrong, in the sentence that the API gave. */
export class ApiError extends Error {
  /** @param {number} status 0 where no answer came @param {string} message */
  constructor(status, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** @typedef {Record<string, string | number | boolean | string[] | null | undefined>} Params */

const PATIENCE_MS = 30_000;
/** A browser takes 64 kB of what is to outlive its page, and a character has up to three bytes. */
const OUTLIVES = 20_000;

export class Client {
  /**
   * @param {{api?: string, key?: string, token?: () => string, renew?: () => Promise<void>}} options `api` is the address
   *   that paths are put behind, empty for the page's own server; `key` a publishable key; `token` gives the proof of who
   *   is logged in, if any, and `renew` gets another one, once the server takes the last for expired
   */
  constructor({ api = "", key = "", token = () => "", renew } = {}) {
    this.api = api.replace(/\/+$/, "");
    this.key = key;
    this.token = token;
    this.renew = renew;
    /** By path, answers that were asked for before anybody wanted them. @type {Map<string, Promise<any>>} */
    this.early = new Map();
  }

  /** @param {string} path @param {Params} [params] empty ones are left out @returns {Promise<any>} */
  get(path, params = {}) {
    const whole = path + queryOf(params);
    const early = this.early.get(whole);
    this.early.delete(whole);
    return early ?? this.call("GET", whole);
  }

  /**
   * Ask now for what is wanted in a moment: the next `get` of the same takes the answer, and hears of what went wrong.
   * @param {string} path @param {Params} params @param {(answer: any) => void} [begin] what can be done with it already
   */
  ahead(path, params, begin = () => {}) {
    const early = this.get(path, params);
    early.then(begin).catch(() => {});
    this.early.set(path + queryOf(params), early);
  }

  /** @param {string} path @param {unknown} body @returns {Promise<any>} */
  post(path, body) {
    return this.call("POST", path, body);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body] a form is sent as one, all else as JSON
   * @param {{signal?: AbortSignal, keepalive?: boolean}} [options]
   * @returns {Promise<any>}
   */
  async call(method, path, body, options = {}) {
    let answer = await this.ask(method, path, body, options);
    if (answer.status === 401 && this.renew && this.token()) {
      await this.renew();
      answer = await this.ask(method, path, body, options);
    }
    const said = await answer.json().catch(() => null);
    if (!answer.ok) throw new ApiError(answer.status, sentenceOf(said) || `The shop answered ${answer.status}: try again.`);
    return said;
  }

  /** @param {string} method @param {string} path @param {unknown} body @param {{signal?: AbortSignal, keepalive?: boolean}} options */
  async ask(method, path, body, { signal, keepalive = false }) {
    const form = body instanceof FormData;
    const sent = body === undefined ? undefined : form ? body : JSON.stringify(body);
    const asked = {
      method,
      headers: this.headers(body !== undefined && !form),
      body: sent,
      signal: signal ?? AbortSignal.timeout(PATIENCE_MS),
      keepalive: keepalive && typeof sent === "string" && sent.length < OUTLIVES,
    };
    try {
      return await fetch(this.api + path, asked);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, "The shop cannot be reached: look at your connection, and try again.");
    }
  }

  /** @param {boolean} json whether a body of that kind comes along @returns {Record<string, string>} */
  headers(json) {
    const token = this.token();
    return {
      ...(this.key && { "x-api-key": this.key }),
      ...(token && { "x-user-token": token }),
      ...(json && { "content-type": "application/json" }),
    };
  }
}

/** @param {any} said @returns {string} */
function sentenceOf(said) {
  return typeof said?.detail === "string" ? said.detail : "";
}

/** @param {Params} params */
function queryOf(params) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === "" || value === false) continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** A user or product id as a part of a path. @param {string} id */
export const part = (id) => encodeURIComponent(id);
