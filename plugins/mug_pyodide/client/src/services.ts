import type { Shelf } from "./shelf.js";
import type { Standby } from "./standby.js";

/** What every game in this browser shares. */
export interface BrowserServices {
  readonly standby: Standby;
  readonly shelf: Shelf;
}
