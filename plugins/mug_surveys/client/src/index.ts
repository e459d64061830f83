import type { Client, ClientPlugin } from "@mug/client";
import { SurveyView } from "./survey.js";
import { LaterView } from "./surveyjs.js";
import css from "./survey.css?inline";

const plugin: ClientPlugin = {
  name: "surveys",
  setup(client: Client): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    client.scene("survey", (context) => new SurveyView(context, client.participant));
    const later = new URL("./-/surveys/later.js", client.base).href;
    client.scene("surveyjs", (context) => new LaterView(context, later, client.participant));
  },
};

export default plugin;
