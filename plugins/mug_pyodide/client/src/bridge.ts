/**
 * A data channel for a worker of a browser that does not hand channels over: its packets pass through a message
 * port, and whether it is open is said in words.
 */
export const OPEN = "open";
/** It is open, and earlier packets still wait in it. */
export const BUSY = "busy";
export const CLOSED = "closed";
/**
 * Up to so many bytes may wait to be sent. More than one datagram of the network takes would only be late, for each
 * packet repeats what those before it said.
 */
export const MOST_WAITING = 1000;

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
  let busy = false;
  port1.onmessage = ({ data }: MessageEvent<ArrayBuffer | typeof CLOSED>) => {
    if (data === CLOSED) channel.close();
    else if (channel.readyState === "open") {
      const waiting = channel.bufferedAmount;
      if (waiting > 0 !== busy) port1.postMessage((busy = waiting > 0) ? BUSY : OPEN);
      if (waiting <= MOST_WAITING) channel.send(data);
    }
  };
  if (channel.readyState === "open") port1.postMessage(OPEN);
  return port2;
}
