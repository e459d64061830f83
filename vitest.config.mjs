import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["client/tests/**/*.test.ts", "plugins/*/client/tests/**/*.test.ts"],
    isolate: false,
    pool: "threads",
    restoreMocks: true,
    testTimeout: 30_000,
    unstubGlobals: true,
  },
});
