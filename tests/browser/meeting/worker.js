// Asks every peer thirty times a second for an answer, by the ways that a game in a worker would take.
const QUESTION = 1;
const ANSWER = 2;
const SILENCE_MS = 500;
const peers = new Map();

function peerOf(number) {
  if (!peers.has(number)) {
    const told = { asked: 0, direct: 0, server: 0, answers: 0, first: null, rtts: [], gap: 0 };
    peers.set(number, { told, heard: -Infinity, any: null, channel: null, port: null });
  }
  return peers.get(number);
}

function send(peer, bytes) {
  const open = peer.channel?.readyState === "open";
  if (open) peer.channel.send(bytes);
  if (!open || performance.now() - peer.heard > SILENCE_MS) peer.port?.postMessage(bytes.slice().buffer);
}

function received(peer, way, data) {
  const now = performance.now();
  const [kind, at] = new Float64Array(data);
  if (way === "direct") peer.heard = now;
  peer.told[way] += 1;
  peer.told.first ??= now;
  if (peer.any !== null) peer.told.gap = Math.max(peer.told.gap, now - peer.any);
  peer.any = now;
  if (kind === QUESTION) return send(peer, new Uint8Array(new Float64Array([ANSWER, at]).buffer));
  peer.told.answers += 1;
  peer.told.rtts.push(now - at);
}

setInterval(() => {
  for (const peer of peers.values()) {
    peer.told.asked += 1;
    send(peer, new Uint8Array(new Float64Array([QUESTION, performance.now()]).buffer));
  }
}, 33);

onmessage = ({ data }) => {
  if (data === "tell") {
    const told = [...peers].map(([number, peer]) => [number, { ...peer.told, now: performance.now() }]);
    for (const peer of peers.values()) Object.assign(peer.told, { direct: 0, server: 0, answers: 0, asked: 0, rtts: [], gap: 0 });
    return postMessage(Object.fromEntries(told));
  }
  const peer = peerOf(data.peer);
  peer[data.direct ? "channel" : "port"] = data.port;
  data.port.onmessage = (event) => received(peer, data.direct ? "direct" : "server", event.data);
};
