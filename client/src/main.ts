import { io } from "socket.io-client";
import { boot } from "./boot.js";
import type { Client } from "./client.js";
import { debugInfo, type DebugInfo } from "./debug.js";

declare global {
  interface Window {
    mug?: { debug(): Readonly<DebugInfo> };
  }
}

let client: Client | null = null;
window.mug = Object.freeze({ debug: () => client?.debug() ?? debugInfo(null, null, null) });

const host = document.getElementById("app");
if (host !== null) {
  client = await boot(host, {
    connect: (base) =>
      io(base.origin, {
        path: new URL("./-/socket.io/", base).pathname,
        tryAllTransports: true,
        autoConnect: false,
        reconnection: false,
        timeout: 6000,
      }),
    importModule: (url) => import(url),
  });
}
