import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Courier,
  type CourierScope,
  type CourierThread,
  runErrands,
} from "../../src/worker/courier.js";
import { archiveOf } from "../helpers/archive.js";
import { until } from "../helpers/until.js";

let asked: string[];
let answer: Map<string, (response: Response) => void>;
let ports: MessageChannel;
let courier: Courier;

beforeEach(() => {
  asked = [];
  answer = new Map();
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return new Promise<Response>((resolve) => answer.set(url, resolve));
  });
  ports = new MessageChannel();
  runErrands(ports.port2 as unknown as CourierScope);
  courier = new Courier(ports.port1 as unknown as CourierThread);
});
afterEach(() => {
  vi.unstubAllGlobals();
  ports.port1.close();
});

describe("Courier", () => {
  it("brings whole files, two at a time, in the order in which they are wanted", async () => {
    const brought = ["a", "b", "c"].map((url) => courier.fetch(url, {}));
    await until(() => asked.length === 2);
    expect(asked).toEqual(["a", "b"]);
    answer.get("b")!(new Response("of b", { headers: { "Content-Length": "3" } }));
    await until(() => asked.length === 3);
    const { content, length } = await brought[1]!;
    expect([new TextDecoder().decode(content), length]).toEqual(["of b", 3]);
    answer.get("c")!(new Response("of c"));
    answer.get("a")!(new Response("of a"));
    const others = await Promise.all([brought[0], brought[2]]);
    expect(others.map((one) => new TextDecoder().decode(one!.content))).toEqual(["of a", "of c"]);
  });

  it("compiles what Python will load of a package, and hands over also what is no archive", async () => {
    const sources: string[] = [];
    vi.spyOn(WebAssembly, "compile").mockImplementation((source) => {
      sources.push(new TextDecoder().decode(source));
      return Promise.resolve({} as WebAssembly.Module);
    });
    const brought = ["numpy.whl", "broken.whl"].map((url) => courier.fetch(url, {}));
    await until(() => asked.length === 2);
    const archive = archiveOf({ "numpy/core.so": "code", "numpy/__init__.py": "x" });
    answer.get("numpy.whl")!(new Response(archive));
    answer.get("broken.whl")!(new Response("nothing"));
    const contents = await Promise.all(brought);
    expect(contents.map(({ content }) => content.byteLength)).toEqual([archive.byteLength, 7]);
    expect(sources).toEqual(["code"]);
  });

  it("says why something does not come, and goes on", async () => {
    const failed = courier.fetch("a", {});
    const brought = courier.fetch("b", {});
    await until(() => asked.length === 2);
    answer.get("a")!(new Response("", { status: 404 }));
    await expect(failed).rejects.toThrow("a: status 404");
    answer.get("b")!(new Response("of b"));
    expect((await brought).content.byteLength).toBe(4);
  });

  it("brings nothing where its script does not come", async () => {
    const failed = courier.fetch("a", {});
    (ports.port1 as unknown as CourierThread).onerror!(new Event("error") as ErrorEvent);
    await expect(failed).rejects.toThrow("could not be loaded");
  });
});
