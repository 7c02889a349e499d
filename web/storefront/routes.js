/** The pages' addresses. They are fragments, so that any file server can serve the shop, and nobody's log has them. */

/** @typedef {{name: string, id: string, query: URLSearchParams}} Route */

/** @param {string} name @param {string} [id] @param {Record<string, string>} [query] @returns {string} */
export function href(name, id = "", query = {}) {
  const path = name === "home" ? "#/" : `#/${name}${id ? `/${encodeURIComponent(id)}` : ""}`;
  const text = new URLSearchParams(query).toString();
  return text ? `${path}?${text}` : path;
}

/** @param {string} hash @returns {Route} */
export function parse(hash) {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, id] = path.split("/", 2);
  return { name: name || "home", id: decode(id ?? ""), query: new URLSearchParams(query) };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
