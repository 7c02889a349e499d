/** Photos to search by: made small in the browser, and kept in this page alone, never in an address or in storage. */

import { h } from "../../lib/dom.js";
import { sayTrouble } from "../say.js";

/** @typedef {{blob: Blob, url: string}} Photo */

/** The encoders see a few hundred pixels; more would only take longer to send. */
const WIDEST = 1000;
const QUALITY = 0.85;
/** Back leads to the last few photos; the older ones are let go. */
const KEPT = 5;
/** Bytes; the API takes no larger picture. */
const LARGEST = 4_400_000;

/** @type {Map<string, Photo>} */
const kept = new Map();
let count = 0;

/** @param {string} number @returns {Photo | null} none once the page was loaded anew */
export const photoOf = (number) => kept.get(number) ?? null;

/**
 * Keeps a picture for searching.
 * @param {Blob} file
 * @returns {Promise<string>} the number under which it is kept; refused where it is too large to be sent and this
 *   browser cannot read it
 */
export async function keepPhoto(file) {
  const blob = await smaller(file);
  if (blob.size > LARGEST)
    throw new Error("This picture is larger than 4.4 MB, and your browser cannot make it smaller: choose a JPEG or PNG.");
  const number = String(++count);
  kept.set(number, { blob, url: URL.createObjectURL(blob) });
  for (const [old, { url }] of [...kept].slice(0, -KEPT)) {
    URL.revokeObjectURL(url);
    kept.delete(old);
  }
  return number;
}

/**
 * A JPEG of at most 1,000 pixels, without the place and the time that the file may hold. What the browser cannot read is
 * left as it is: the API says in a sentence what is wrong with it.
 * @param {Blob} file
 */
async function smaller(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
  const canvas = h("canvas", {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  });
  const pen = canvas.getContext("2d");
  if (!pen) return file;
  pen.fillStyle = "white"; // what is transparent would be black in a JPEG
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob ?? file;
}

/** @param {DataTransfer | null} data of a paste or a drop @returns {File | null} the first picture in it */
const pictureIn = (data) => [...(data?.files ?? [])].find((file) => file.type.startsWith("image/")) ?? null;

/**
 * Two ways to hand over a picture: the camera, and a file.
 * @param {(number: string) => void} chosen told once the picture is kept
 * @returns {HTMLElement[]}
 */
export function photoButtons(chosen) {
  const button = (/** @type {string} */ name, /** @type {string} */ title, /** @type {boolean} */ camera) => {
    const input = h("input", {
      type: "file",
      accept: "image/*",
      capture: camera && "environment",
      class: "visually-hidden",
      onchange: () => void take(input, chosen),
    });
    return h("label", { class: `button ${name}` }, title, input);
  };
  return [button("photo-camera", "Take a photo", true), button("photo-file", "Choose a picture", false)];
}

/** @param {HTMLInputElement} input @param {(number: string) => void} chosen */
async function take(input, chosen) {
  const file = input.files?.[0];
  if (file) await hand(file, chosen);
  input.value = ""; // so that the same file can be chosen again
}

/** @param {Blob} file @param {(number: string) => void} chosen */
async function hand(file, chosen) {
  try {
    chosen(await keepPhoto(file));
  } catch (error) {
    sayTrouble(error);
  }
}

/**
 * A picture that is pasted or dropped anywhere on the page is searched by; a browser would open it in the page's place.
 * @param {(number: string) => void} chosen
 */
export function takePastedAndDropped(chosen) {
  document.addEventListener("paste", (event) => {
    const file = pictureIn(event.clipboardData);
    if (file) void hand(file, chosen);
  });
  document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const file = pictureIn(event.dataTransfer);
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    if (file) void hand(file, chosen);
  });
}
