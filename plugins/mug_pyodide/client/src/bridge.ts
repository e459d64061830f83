/**
 * A data channel for a worker of a browser that does not hand channels over: its packets pass through a message
 * port, and whether it is open is said in words.
 */
export const OPEN = "open";
export const CLOSED = "closed";
/** With so many bytes waiting to be sent, one to three seconds of a game, another packet would come too late. */
export const MOST_WAITING = 2 * 1024;

/** Return the worker's end of a data channel that stays in the page. */
export function bridged(channel: RTCDataChannel): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const close = (): void => {
    port1.postMessage(CLOSED);
    port1.close();
  };
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }) => port1.postMessage(data);
  channel.onopen = () => port1.postMessage(OPEN);
  channel.onclose = channel.onerror = close;
  port1.onmessage = ({ data }: MessageEvent<ArrayBuffer | typeof CLOSED>) => {
    if (data === CLOSED) channel.close();
    else if (channel.readyState === "open" && channel.bufferedAmount <= MOST_WAITING) {
      channel.send(data);
    }
  };
  if (channel.readyState === "open") port1.postMessage(OPEN);
  return port2;
}
