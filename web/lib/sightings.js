/** When something really was seen: half of it on the screen for a second, in a page that is looked at. */

/** The industry's usual measure of a viewable impression (Media Rating Council, 2014). */
const VISIBLE = 0.5;
const SHOWN_MS = 1000;

export class Sightings {
  constructor() {
    /** @type {WeakMap<Element, () => void>} */
    this.tell = new WeakMap();
    /** On the screen now, with the timers of those that are looked at. @type {Map<Element, number>} */
    this.inView = new Map();
    this.observer = new IntersectionObserver((entries) => this.look(entries), { threshold: VISIBLE });
    document.addEventListener("visibilitychange", () => this.turn());
  }

  /** Call `tell` once, when `element` was seen. @param {Element} element @param {() => void} tell */
  watch(element, tell) {
    this.tell.set(element, tell);
    this.observer.observe(element);
  }

  /** @param {IntersectionObserverEntry[]} entries what was removed from the page comes too, as out of sight */
  look(entries) {
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      clearTimeout(this.inView.get(target));
      this.inView.delete(target);
      if (isIntersecting && intersectionRatio >= VISIBLE) this.inView.set(target, this.wait(target));
    }
  }

  /** The page was turned to, or away from: seconds count while it is looked at, each from its beginning. */
  turn() {
    for (const [element, timer] of this.inView) {
      clearTimeout(timer);
      this.inView.set(element, this.wait(element));
    }
  }

  /** @param {Element} element @returns {number} */
  wait(element) {
    return document.visibilityState === "visible" ? window.setTimeout(() => this.seen(element), SHOWN_MS) : 0;
  }

  /** @param {Element} element */
  seen(element) {
    this.inView.delete(element);
    if (!element.isConnected || element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) === false) return;
    this.observer.unobserve(element);
    this.tell.get(element)?.();
  }
}
