/** Parts of a page that follow what happens, for as long as they are on it. */

/**
 * Calls `act` at every `type` of `target`, from before `element` is put on the page until it has left it.
 * @param {HTMLElement} element
 * @param {EventTarget} target
 * @param {string} type
 * @param {() => void} act
 */
export function follow(element, target, type, act) {
  let shown = false;
  const tell = () => {
    if (element.isConnected) shown = true;
    else if (shown) return target.removeEventListener(type, tell);
    act();
  };
  target.addEventListener(type, tell);
}
