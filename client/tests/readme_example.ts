import type { Client } from "@mug/client";

export default {
  name: "mug_stars",
  setup(client: Client): void {
    client.scene("stars", (context) => {
      const button = document.createElement("button");
      button.textContent = "★";
      button.dataset["testid"] = "advance";
      button.addEventListener("click", () => context.advance({ stars: 1 }));
      context.root.append(button);
      return { destroy: () => {} };
    });
  },
};
