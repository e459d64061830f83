/** A WebSocket without a network: tests play the server. */
export class FakeWebSocket extends EventTarget {
  static made: FakeWebSocket[] = [];
  binaryType = "blob";
  closed = false;
  readonly sent: unknown[] = [];
  readonly url: string;

  constructor(url: string | URL) {
    super();
    this.url = String(url);
    FakeWebSocket.made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
    this.dispatchEvent(new Event("close"));
  }

  open(): void {
    this.dispatchEvent(new Event("open"));
  }

  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}
