/** Asks for the secret key. It is kept for the tab, is sent in a header, and never stands in an address. */

import { h } from "../lib/dom.js";

/** @param {string} refused what the API said of the last key; empty where none was tried @param {(key: string) => void} use */
export function keyForm(refused, use) {
  const input = h("input", {
    id: "key",
    type: "password",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    required: true,
    placeholder: "vt_sk_…",
    "aria-describedby": "key-about",
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (input.value.trim()) use(input.value.trim());
  };
  return h(
    "form",
    { class: "key-form panel", onsubmit: submit },
    h("h1", {}, "This shop's dashboard wants its key"),
    refused && h("p", { class: "notice bad", role: "alert" }, refused),
    h("label", { class: "field" }, h("span", {}, "Secret key"), input),
    h("p", { class: "muted", id: "key-about" }, "It stays in this tab and is gone when you close it. Make one with ", h("code", {}, "vitrine keys create --secret --scope dashboard"), "."),
    h("button", { class: "button primary" }, "Open the dashboard"),
  );
}
