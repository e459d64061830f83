import type { Client, ClientPlugin } from "@mug/client";
import { SurveyView } from "./survey.js";
import css from "./survey.css?inline";

const plugin: ClientPlugin = {
  name: "surveys",
  setup(client: Client): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    client.scene("survey", (context) => new SurveyView(context));
  },
};

export default plugin;
