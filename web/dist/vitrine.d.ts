/** What `vitrine-widget` gives a page: as a module, and as `window.vitrine` after its script tag. */

/** The proof of who is logged in, made by the shop's server; or how to get one, for it expires. */
export type Proof = string | ((user: string) => string | Promise<string>);

export interface VitrineOptions {
  /** Address of the API. */
  api?: string;
  /** A publishable key, `vt_pk_…`. */
  key?: string;
  /** The address that pictures' relative references are put behind. */
  images?: string;
  /** Where cards lead, such as `/p/{id}`; the products' own links where it is left out. */
  href?: string;
  /** Texts of the components in the place of the English ones; `for-you` and the like are the titles of rails. */
  words?: Record<string, string>;
  /** `required`: nothing is recorded or kept before the visitor has agreed. */
  consent?: "assumed" | "required";
  /** Who is logged in already, with the proof of it. */
  user?: string;
  token?: Proof;
}

export type DeedType =
  | "view" | "click" | "add_to_cart" | "remove_from_cart" | "wishlist" | "purchase" | "refund" | "rate" | "share"
  | "search" | "dislike" | "impression";

/** Something that the visitor did. */
export interface Deed {
  type: DeedType;
  product_id?: string;
  /** The list that led to it. Left out, that of the product's last click within seven days counts. */
  recommendation_id?: string;
  /** Stars of a `rate`, quantity in the cart or of a purchase. */
  value?: number;
  query?: string;
  collection?: string;
  /** Lets an order count once that your server tells too. */
  order_id?: string;
}

export interface Consent {
  personalise: boolean;
  analytics: boolean;
}

export interface Vitrine {
  /** Somebody logged in. What the guest did becomes the user's, unless `merge` is false. */
  identify(user: string, token?: Proof, options?: { merge?: boolean }): Promise<void>;
  /** Logged out: the next guest is a stranger. */
  forget(): Promise<void>;
  /** Tell what happened in your own pages; the rails follow. */
  track(deed: Deed | Deed[]): Promise<void>;
  /** The list in which a product was clicked last, within seven days; empty where there was none. */
  clicked(productId: string): string;
  /** Have all rails ask again. */
  refresh(): void;
  /** What was agreed to in this browser; null where nothing was said. */
  readonly consent: Consent | null;
  /** Keep a choice, here and in the shop; `email` stays as it was where it is left out. */
  setConsent(choices: Consent & { email?: boolean }): Promise<void>;
}

export interface Product {
  title: string;
  brand: string;
  categories: string[];
  colour: string;
  price: number | null;
  sale_price: number | null;
  currency: string;
  availability: string;
  image: string;
  link: string;
}

export interface Item {
  id: string;
  score: number;
  source: string;
  reason: { kind: string; sentence: string; product_id: string };
  product: Product;
}

export interface VitrineEvents {
  /** A card was opened. `preventDefault()` takes over from the link. */
  "vitrine-open": CustomEvent<{ item: Item; recommendation_id: string }>;
  "vitrine-shown": CustomEvent<{ items: Item[]; recommendation_id: string; query?: string; slug?: string }>;
  /** Share was pressed. `preventDefault()` takes over from copying the link. */
  "vitrine-share": CustomEvent<{ title: string; url: string; slug: string }>;
  "vitrine-error": CustomEvent<{ error: Error }>;
}

/** Defines the elements, once, and gives what `window.vitrine` is after a script tag. */
export function defineVitrine(options: VitrineOptions): Vitrine;

export class VitrineRail extends HTMLElement {
  refresh(): Promise<void>;
}
export class VitrineSearch extends HTMLElement {
  refresh(): Promise<void>;
}
export class VitrineCollection extends HTMLElement {
  refresh(): Promise<void>;
}

declare global {
  interface Window {
    /** Before the script is there, `{ queue: [] }`: functions pushed onto it are called with it once it is. */
    vitrine?: Vitrine & { queue: { push(call: (vitrine: Vitrine) => void): void } };
  }
  interface HTMLElementTagNameMap {
    "vitrine-rail": VitrineRail;
    "vitrine-search": VitrineSearch;
    "vitrine-collection": VitrineCollection;
  }
  interface HTMLElementEventMap extends VitrineEvents {}
}
