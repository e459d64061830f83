import type { Client, ClientPlugin } from "@mug/client";
import css from "./chat.css?inline";
import { ChatPanel } from "./panel.js";
import { parseNews } from "./words.js";

const NAME = "chat";

const plugin: ClientPlugin = {
  name: NAME,
  setup(client: Client): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const panel = new ChatPanel((message) => client.tell(NAME, message));
    const hear = (message: unknown): void => {
      const news = parseNews(message);
      if (news !== null) panel.take(news);
    };
    const look = async (): Promise<void> => hear(await client.tell(NAME, { do: "look" }));
    client.listen(NAME, hear);
    client.observe({
      scene: () => void look(),
      connection: (there) => {
        panel.connection(there);
        if (there) void look();
      },
    });
  },
};

export default plugin;
