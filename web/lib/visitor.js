/** Who is looking: a guest under a random id that this browser drew, or a user whom the shop has logged in. */

const GUEST = "vitrine.guest";

/**
 * The guest's id, the same until {@link forgetGuest}; of this page alone where nothing can be stored.
 * @param {boolean} [lasting] false keeps a new one out of the browser's storage
 * @returns {string}
 */
export function guestId(lasting = true) {
  let id = read(GUEST);
  if (!id) id = `anon:${randomId()}`;
  if (lasting) write(GUEST, id);
  else aside.set(GUEST, id);
  return id;
}

/** @returns {string} the id of the guest so far; empty where nobody has asked for one */
export const knownGuest = () => read(GUEST);

/** The next guest is a stranger. */
export function forgetGuest() {
  write(GUEST, "");
}

/** @type {Map<string, string>} what stands in for the browser's storage where a page may not use it */
const aside = new Map();

/** @param {string} name @returns {string} empty where nothing is stored */
export function read(name) {
  try {
    return localStorage.getItem(name) ?? aside.get(name) ?? "";
  } catch {
    return aside.get(name) ?? "";
  }
}

/** @param {string} name @param {string} value empty removes it */
export function write(name, value) {
  try {
    if (!value) localStorage.removeItem(name);
    else if (localStorage.getItem(name) !== value) localStorage.setItem(name, value);
    aside.delete(name);
  } catch {
    aside.set(name, value);
  }
}

/** Where a page was not served over https, browsers draw no UUIDs. @returns {string} */
export function randomId() {
  const bytes = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  return crypto.randomUUID?.() ?? bytes().join("");
}
