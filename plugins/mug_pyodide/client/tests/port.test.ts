import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkerPort } from "../src/port.js";
import { FakeWorker } from "./helpers/fake_worker.js";

let worker: FakeWorker;
let port: WorkerPort;
const listener = {
  message: vi.fn<WorkerPort["listener"]["message"]>(),
  died: vi.fn<WorkerPort["listener"]["died"]>(),
};

beforeEach(() => {
  vi.useFakeTimers();
  listener.message.mockReset();
  listener.died.mockReset();
  worker = new FakeWorker();
  port = new WorkerPort(worker, 10, listener);
});
afterEach(() => {
  port.terminate();
  vi.useRealTimers();
});

describe("WorkerPort", () => {
  it("lets a worker live that answers", () => {
    worker.answersPings = true;
    vi.advanceTimersByTime(60_000);
    expect(worker.terminated).toBe(false);
    expect(listener.message).not.toHaveBeenCalled();
  });

  it("ends a worker that does not answer, and says so once", () => {
    vi.advanceTimersByTime(9_000);
    expect(listener.died).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(worker.terminated).toBe(true);
    expect(listener.died).toHaveBeenCalledExactlyOnceWith(
      "nothing happened for 10 seconds: an endless loop?",
      "",
    );
  });

  it("is patient with a worker that answers late, and after the machine slept", () => {
    vi.advanceTimersByTime(8_000);
    worker.answerPings();
    vi.advanceTimersByTime(8_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(1_000);
    worker.answerPings();
    vi.advanceTimersByTime(5_000);
    expect(listener.died).not.toHaveBeenCalled();
  });

  it("has the patience it is given", () => {
    port.patience = 3;
    vi.advanceTimersByTime(4_000);
    expect(listener.died).toHaveBeenCalledOnce();
  });

  it("is patient while the worker fetches something, and not longer", () => {
    worker.say({ type: "fetching", begins: true });
    vi.advanceTimersByTime(40_000);
    worker.say({ type: "fetching", begins: false });
    vi.advanceTimersByTime(9_000);
    expect(listener.died).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5_000);
    expect(listener.died).toHaveBeenCalledOnce();
    expect(listener.message).not.toHaveBeenCalled();
  });

  it("passes on what the worker says", () => {
    worker.say({ type: "opened", resumed: true });
    expect(listener.message.mock.calls).toEqual([[{ type: "opened", resumed: true }]]);
  });

  it("says why a worker broke, as far as the browser tells", () => {
    worker.onerror!({ message: "Uncaught RangeError" } as ErrorEvent);
    expect(listener.died).toHaveBeenCalledWith("Uncaught RangeError", "Uncaught RangeError");
    expect(worker.terminated).toBe(true);
    const other = new FakeWorker();
    new WorkerPort(other, 10, listener);
    other.onerror!(new Event("error") as ErrorEvent);
    expect(listener.died.mock.lastCall![0]).toContain("could not be loaded");
  });
});
