import type { RuntimeMessage } from "@mug/client";
import { inflate, deflate } from "../../src/deflate.js";

/** The runtime's half on the server: keeps records by their number, each once. */
export class FakeServer {
  lines: string[] = [];
  readonly heard: RuntimeMessage[] = [];
  /** Null answers while the connection is away. */
  there = true;
  over = false;
  started = false;
  paused = false;
  stopped: string | null = null;
  snapshots = true;
  refuse: string | null = null;
  /** Records that the server takes and forgets to answer. */
  swallow = false;
  /** What the scene is packed in. */
  pack = "car.bin";
  /** Which page plays; what others say is stale. */
  generation = 0;
  /** What hello says besides. */
  greeting: RuntimeMessage = {};
  /** What is answered to messages of other types. */
  answers: Record<string, RuntimeMessage | null> = {};

  readonly send = async (message: RuntimeMessage): Promise<RuntimeMessage | null> => {
    if (!this.there) return null;
    this.heard.push(message);
    if (message["type"] === "hello" && message["live"] === false) this.generation += 1;
    else if ((message["generation"] ?? 0) !== this.generation) return { stale: true };
    switch (message["type"]) {
      case "hello":
        return this.#hello();
      case "history": {
        const lines = this.lines.slice(Number(message["from"]));
        return { data: await deflate(lines.join("\n")), next: this.lines.length, more: false };
      }
      case "records":
        return this.#records(Number(message["first"]), message["data"] as Uint8Array);
      default: {
        const answer = this.answers[String(message["type"])];
        return answer === undefined ? {} : answer;
      }
    }
  };

  /** What was said of one type. */
  saying(type: string): RuntimeMessage[] {
    return this.heard.filter((message) => message["type"] === type);
  }

  #hello(): RuntimeMessage {
    const { over, started, paused, stopped, snapshots } = this;
    const scene = { scene_id: "car", scene_pack: this.pack };
    const open = { game_id: "g1", ...scene, seed: 7, participants: [["0", "p"]] };
    const state = { generation: this.generation, snapshots, started, paused, stopped };
    const now = { next: this.lines.length, wall: Date.now() + 500 };
    return { over, open, ...now, ...state, ...this.greeting };
  }

  async #records(first: number, data: Uint8Array): Promise<RuntimeMessage | null> {
    if (this.refuse !== null) return { refused: this.refuse };
    const lines = new TextDecoder().decode(await inflate(data)).split("\n");
    if (first <= this.lines.length) this.lines.push(...lines.slice(this.lines.length - first));
    if (this.swallow) return null;
    return { next: this.lines.length };
  }
}
